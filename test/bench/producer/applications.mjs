// What an application does in a transaction, without an intent and with one in its last statement.

const enqueueFor = (row, columns, { key, payload }) => `
  with written as (${row} returning ${columns})
  select e.entry_id
  from written w, readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => ${key}, payload => ${payload}) e`

const ORDER = 'insert into invoice_order values ($1, $2, $3)'

/** One row in a table with a primary key, in one statement: the smallest transaction there is, where an intent weighs most. */
export const ordering = {
  tables: 'create table invoice_order (customer text, period text, amount numeric, primary key (customer, period))',
  written: 'invoice_order',
  statement: ORDER,
  enqueuing: enqueueFor(ORDER, 'customer, period, amount', {
    key: `w.customer || '/' || w.period`,
    payload: `json_build_object('customer', w.customer, 'period', w.period, 'amount', w.amount)`,
  }),
  // Neighbours in time are none in the table, as with customers who come when they like.
  take: (run, nth) =>
    run('order', [`cust-${(nth * 7_919) % 100_003}`, `period-${Math.floor(nth / 100_003)}`, 100 + (nth % 900)]),
}

const BRANCHES = 100
const TELLERS = 1_000
const ACCOUNTS = 100_000
const HISTORY = 'insert into history (account, teller, branch, amount) values ($1, $2, $3, $4)'

/** That of TPC-B, as pgbench has it: five statements between begin and commit. */
export const banking = {
  tables: `
    create table branch as select id, 0 as balance from generate_series(0, ${BRANCHES - 1}) as id;
    create table teller as select id, 0 as balance from generate_series(0, ${TELLERS - 1}) as id;
    create table account as select id, 0 as balance, repeat(' ', 84) as filler from generate_series(0, ${ACCOUNTS - 1}) as id;
    alter table branch add primary key (id);
    alter table teller add primary key (id);
    alter table account add primary key (id);
    create table history (id bigserial, account int, teller int, branch int, amount int, at timestamptz default now());
    vacuum analyze branch, teller, account`,
  written: 'history',
  statement: HISTORY,
  enqueuing: enqueueFor(HISTORY, 'id, account, amount', {
    key: `w.account || '/' || w.id`,
    payload: `json_build_object('account', w.account, 'amount', w.amount)`,
  }),
  async take(run, nth) {
    const [account, teller, branch] = [(nth * 7_919) % ACCOUNTS, (nth * 31) % TELLERS, (nth * 7) % BRANCHES]
    await run('begin', [])
    await run('account', [100, account])
    await run('balance', [account])
    await run('teller', [100, teller])
    await run('branch', [100, branch])
    await run('history', [account, teller, branch, 100])
    await run('commit', [])
  },
  others: {
    begin: 'begin',
    account: 'update account set balance = balance + $1 where id = $2',
    balance: 'select balance from account where id = $1',
    teller: 'update teller set balance = balance + $1 where id = $2',
    branch: 'update branch set balance = balance + $1 where id = $2',
    commit: 'commit',
  },
}
