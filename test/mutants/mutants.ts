import { CAPTURE } from './capture.ts'
import { LIMITS } from './limits.ts'
import { int, type Mutant, unit } from './mutant.ts'

const AFTER_CALL = 'libs/lifecycle/src/after-call'
const AFTER_LOOK = 'libs/lifecycle/src/after-look'

/** What an outcome or a verdict leads to. */
const DECISIONS: readonly Mutant[] = [
  {
    name: 'done on 200',
    file: `${AFTER_CALL}.ts`,
    find: `return policy.settle ? { to: 'verifying', dueInMs: policy.settle.firstMs } : { to: 'acknowledged' }`,
    put: `return policy.settle ? { to: 'done' } : { to: 'acknowledged' }`,
    test: unit(AFTER_CALL, 'the effect is read back, as soon as the contract lets it settle'),
  },
  {
    name: 'blind retry of an unknown',
    file: `${AFTER_CALL}.ts`,
    find: `return { to: 'unknown', dueInMs: settle.firstMs }`,
    put: `return { to: 'scheduled', dueInMs: 0, reason: 'backoff' }`,
    test: unit(AFTER_CALL, 'somebody looks before anybody calls'),
  },
  {
    name: 'Retry-After ignored',
    file: `${AFTER_CALL}.ts`,
    find: `Math.max(backoffMs(policy.retry, facts.attempts, spread), outcome.retryAfterMs ?? 0)`,
    put: `backoffMs(policy.retry, facts.attempts, spread)`,
    test: unit(AFTER_CALL, 'the provider may ask for a longer pause, never for a shorter one'),
  },
  {
    name: "lifetime of the provider's key ignored",
    file: 'libs/lifecycle/src/policy.ts',
    find: `return facts.sinceFirstCallMs < policy.keyLifetime * (1 - KEY_MARGIN)`,
    put: `return KEY_MARGIN < 1`,
    test: unit(AFTER_CALL, 'a pause that ends in the last tenth of the life of the key is not begun'),
  },
  {
    name: 'absent once is enough',
    file: `${AFTER_LOOK}.ts`,
    find: `const ABSENCES_NEEDED = 2`,
    put: `const ABSENCES_NEEDED = 1`,
    test: unit(AFTER_LOOK, 'is not believed before the second time'),
  },
  {
    name: 'execution delay ignored',
    file: `${AFTER_LOOK}.ts`,
    find: `const waitMs = settle.forMs + policy.executionDelayMs - facts.quietMs`,
    put: `const waitMs = settle.forMs - facts.quietMs`,
    test: unit(AFTER_LOOK, 'is repeated while settle time and execution delay last, and once more at their end'),
  },
  {
    name: 'what was removed is called again',
    file: `${AFTER_LOOK}.ts`,
    find: `if (facts.seenPresentBefore) return dead('removed')`,
    put: `if (facts.seenPresentBefore) return { to: 'scheduled', dueInMs: 0, reason: 'call_again' }`,
    test: unit(AFTER_LOOK, 'means that it was removed if it was seen before, at once and for good'),
  },
]

/** What leaves, and what an answer is taken for. */
const OUTSIDE: readonly Mutant[] = [
  {
    name: 'key per attempt',
    file: 'libs/contract/src/send/provider-key.ts',
    find: `const shaped = reshape(placement.shape, nameIn(placement, named))`,
    put: 'const shaped = reshape(placement.shape, `${nameIn(placement, named)}-${process.hrtime.bigint()}`)',
    test: unit('libs/contract/src/send/render-call', 'carries the payload byte for byte, the key and the credential'),
  },
  {
    name: 'redirect of a call followed',
    file: 'libs/effects/src/call-provider.ts',
    find: 'const read = classify(exchange, meaning)',
    put: `const to = exchange.answer?.headers['location']
  if (to) await deps.caller.send({ ...plan, url: new URL(to, plan.url).href }, signal)
  const read = classify(exchange, meaning)`,
    test: int('libs/effects/src/redirects', 'of a call is never followed, wherever it leads'),
  },
  {
    name: 'request written after its time',
    file: 'libs/effects/src/exchange-handler.ts',
    find: `if (this.#isLate()) this.#onDeadline()`,
    put: ``,
    test: unit(
      'libs/effects/src/exchange-handler',
      'after its time is not written any more, though nobody has told it yet that it is over',
    ),
  },
  {
    name: 'a lost answer taken for a call that was not made',
    file: 'libs/effects/src/classify.ts',
    find: `if (exchange.requestSent) return`,
    put: `if (exchange.requestSent && exchange.retryAfterMs) return`,
    test: unit('libs/effects/src/classify', 'proves nothing once its first byte may have left, however it broke'),
  },
  {
    name: 'canary not asked',
    file: 'libs/contract/src/read/look.ts',
    find: `if (canary === null) return seen(state, answer, believed)`,
    put: `if (canary !== undefined) return seen(state, answer, believed)`,
    test: int('libs/effects/src/call-provider', 'that finds nothing asks the canary before it says absent'),
  },
  {
    name: 'where not applied to what a list shows',
    file: 'libs/contract/src/read/look-page.ts',
    find: `items: list.filter((item) => differs(item) === null),`,
    put: `items: list,`,
    test: unit('libs/contract/src/read/look-pages', 'finds k10 for k1, and that is not ours'),
  },
  {
    name: 'content not compared',
    file: 'libs/contract/src/read/look-verdict.ts',
    find: `  if (difference !== null) {
    const what`,
    put: `  if (difference === undefined) {
    const what`,
    test: unit('libs/contract/src/read/look', 'says where the content differs, and no value'),
  },
  {
    name: 'secret in the evidence',
    file: 'libs/effects/src/redact.ts',
    find: `const hidden = [...secrets]
`,
    put: `const hidden = [...secrets].slice(0, 0)
`,
    test: int(
      'libs/effects/src/call-provider',
      'keeps secrets and what is redacted out of its evidence, however the answer spells them',
    ),
  },
  {
    name: 'secret in a line',
    file: 'libs/telemetry/src/telemetry.ts',
    find: `for (const name of kind.fields as readonly string[]) {`,
    put: `for (const name of Object.keys(given)) {`,
    test: unit('libs/telemetry/src/telemetry', 'never hold a field that was not allowed by name'),
  },
]

/** Who owns an entry, and for how long. */
const OWNERSHIP: readonly Mutant[] = [
  {
    name: 'no fence in the WHERE of an outcome',
    file: 'libs/store/src/record/record-calls.ts',
    find: `d.fence = step.fence and d.lease_owner = $1::uuid`,
    put: `d.lease_owner = $1::uuid`,
    test: int('libs/store/src/claim/fences', '%s: no outcome of a call'),
  },
  {
    name: 'no fence in the WHERE of a receipt',
    file: 'libs/store/src/record/settle.ts',
    find: `d.fence = step.fence and d.lease_owner = $1::uuid`,
    put: `d.lease_owner = $1::uuid`,
    test: int('libs/store/src/claim/fences', '%s: no receipt'),
  },
  {
    name: 'expired lease retried freely',
    file: 'libs/store/src/keep/expire-leases.ts',
    find: `when was_call or d.last_outcome is distinct from 'success' then 'unknown' else 'verifying' end,`,
    put: `when was_call then 'scheduled' else 'verifying' end,
        reason        = case when was_call then 'call_again' end,`,
    test: int('libs/store/src/claim/fences', 'makes a call an unknown outcome, and says so in the log'),
  },
  {
    name: 'a lost call counted from its claim',
    file: 'libs/store/src/keep/expire-leases.ts',
    find: `greatest(d.quiet_from, d.lease_until)`,
    put: `d.quiet_from`,
    test: int(
      'libs/store/src/claim/fences',
      'counts the call as under way until then: it may have begun long after its claim',
    ),
  },
  {
    name: "lease by the worker's clock",
    file: 'libs/store/src/claim/claim-for-call.ts',
    find: `owner, leaseMs, versions`,
    put: `owner, Date.now() + leaseMs - performance.timeOrigin - performance.now(), versions`,
    test: int(
      'libs/store/src/claim/claim-for-call',
      'ends its lease by the clock of the database, however wrong that of the worker is',
    ),
  },
  {
    name: 'session trusted for longer than others wait',
    file: 'libs/service-kit/src/session.ts',
    find: `const TRUST_MS = 3_500`,
    put: `const TRUST_MS = 10_000`,
    test: unit('libs/service-kit/src/session', 'is not relied on any more before others take it for lost'),
  },
  {
    name: 'call by a process that lost its session',
    file: 'services/delivery-worker/src/deliver.ts',
    find: `if (job.owner !== deps.session.id() || !deps.session.holds()) return 'lease_ending'`,
    put: `if (job.owner === '') return 'lease_ending'`,
    test: int('services/delivery-worker/src/worker', 'that %s gives its claims back and calls nobody'),
  },
  {
    name: 'settled before the look has seen it',
    file: 'services/delivery-worker/src/deliver.ts',
    find: `if (look.verdict !== 'present') {`,
    put: `if (look.verdict === 'inconclusive') {`,
    test: int(
      'services/delivery-worker/src/worker',
      'remembers what its own look has seen, though that is not done: gone later, it was removed and is not called again',
    ),
  },
  {
    name: 'settled entry brought back by a late claim',
    file: 'libs/store/src/claim/drop-settled.ts',
    find: `where s.entry_id = any ($1::uuid[])`,
    put: `where s.entry_id <> all ($1::uuid[])`,
    test: int(
      'libs/store/src/claim/claim-for-call',
      'of what has settled or needs a person gives nothing, and brings nothing back',
    ),
  },
  {
    name: 'a call for each spelling of an id',
    file: 'libs/store/src/claim/claim-first-calls.ts',
    find: '[...new Map(entries.map((entry) => [entry.effect, entry])).values()]',
    put: '[...entries]',
    test: int(
      'libs/store/src/claim/claim-for-call',
      'gives an entry once, in however many spellings its id is named: %s',
    ),
  },
  {
    name: 'attempt used up by waiting',
    file: 'libs/store/src/claim/unused-claim.ts',
    find: `d.attempts - 1,`,
    put: `d.attempts,`,
    test: int('libs/store/src/claim/claim-for-call', 'uses up no attempt, and a later claim has another fence'),
  },
]

/** From the commit to a worker, and what people do. */
const AROUND: readonly Mutant[] = [
  {
    name: 'another payload under a known key is a noop',
    file: 'migrations/0015_cheap_enqueue.sql',
    find: `if known.fingerprint <> print then`,
    put: `if known.fingerprint is null then`,
    test: int(
      'libs/outbox/src/enqueue',
      'refuses a key that another payload has, and leaves the savepoint of the caller usable',
    ),
  },
  {
    name: 'let go before what it waits for is done',
    file: 'libs/store/src/relay/release-held.ts',
    find: "when 'after' then exists (${notDoneBefore('o')} limit 1)",
    put: "when 'after' then false",
    test: int('libs/store/src/relay/release-held', 'is called when all of them are done'),
  },
  {
    name: 'offset committed before the claim',
    file: 'libs/dispatch/src/kafka/consume-batch.ts',
    find: `  const lot = { refs, accepted }
`,
    put: `  accepted(refs.length)
  const lot = { refs, accepted: () => {} }
`,
    test: unit(
      'libs/dispatch/src/kafka/consume-batch',
      'is handed over by the reference, and committed by the record of which all are accepted',
    ),
  },
  {
    name: 'offset committed while a part of its record waits',
    file: 'libs/dispatch/src/kafka/consume-batch.ts',
    find: `offsets[prefix(taken)] ?? (BigInt`,
    put: `offsets[refs.length] ?? (BigInt`,
    test: unit(
      'libs/dispatch/src/kafka/consume-batch',
      'is handed over by the reference, and committed by the record of which all are accepted',
    ),
  },
  {
    name: 'references of a partition out of their order',
    file: 'libs/dispatch/src/kafka/into-requests.ts',
    find: `group.push(ref)`,
    put: `group.splice(1, 0, ref)`,
    test: unit(
      'libs/dispatch/src/kafka/into-requests',
      'are where their own key is, in the order of their ordering key, and each of them once',
    ),
  },
  {
    name: 'replay without read-back',
    file: 'libs/store/src/operate/plan-replay.ts',
    find: `is null then 'look'`,
    put: `is null then 'send'`,
    test: int(
      'libs/store/src/operate/operators-act',
      'runs the plan: nothing that may have landed is called before a look',
    ),
  },
  {
    name: 'cancel of a called entry',
    file: 'libs/store/src/operate/cancel-entry.ts',
    find: `const CANCELLABLE: readonly State[] = ['pending',`,
    put: `const CANCELLABLE: readonly State[] = ['calling', 'pending',`,
    test: int(
      'libs/store/src/operate/operators-act',
      'does not cancel what is being called, is dead or is done, nor what it does not know',
    ),
  },
  {
    name: 'audit not chained',
    file: 'migrations/0003_operations.sql',
    find: `event.hash := readback.audit_hash(last.hash, event);`,
    put: `event.hash := readback.audit_hash(null, event);`,
    test: int('libs/store/src/operate/operators-act', 'names the first row that was tampered with'),
  },
]

export const MUTANTS: readonly Mutant[] = [...DECISIONS, ...OUTSIDE, ...OWNERSHIP, ...CAPTURE, ...LIMITS, ...AROUND]
