// What PostgreSQL spent its time on, by pg_stat_statements.

/** From here on. */
export async function countStatements(pool) {
  await pool.query('create extension if not exists pg_stat_statements')
  await pool.query('select pg_stat_statements_reset()')
}

/** Per effect: time in microseconds, as the clock had it, and bytes of WAL; most of `by` first. */
export async function costliestStatements(pool, effects, by = 'total_exec_time') {
  const { rows } = await pool.query(
    `select left(regexp_replace(query, '\\s+', ' ', 'g'), 90) as text, calls, total_exec_time::float8 as ms, wal_bytes::float8
     from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
     order by ${by} desc limit 10`,
  )
  const line = ({ text, calls, ms, wal_bytes }) => {
    const [us, wal] = [(ms * 1_000) / effects, wal_bytes / effects]
    return `${us.toFixed(1).padStart(8)} us ${wal.toFixed(0).padStart(6)} bytes ${String(calls).padStart(7)} calls  ${text}\n`
  }
  return rows.map(line).join('')
}
