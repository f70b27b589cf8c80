/** Stable codes: scripts and tests rely on them, messages may change. */
export const PROBLEM_CODES = [
  'yaml_syntax',
  'not_a_contract',
  'unknown_field',
  'missing_field',
  'invalid_value',
  'verify_missing',
  'on_unknown_missing',
  'on_unknown_impossible',
  'rollback_missing',
  'retention_too_short',
  'key_lifetime_too_short',
  'lease_too_short',
  'limit_without_unit',
  'items_without_where',
  'where_names_nothing',
  'bare_404_absent',
  'bare_missing_absent',
  'gateway_not_executed',
  'absent_unguarded',
  'never_absent',
  'look_without_key',
  'compares_nothing',
  'key_not_in_template',
  'secret_in_file',
  'auth_elsewhere',
  'template_invalid',
  'template_unknown_name',
  'template_not_repeatable',
  'literal_unescaped',
  'pattern_invalid',
  'key_never_fits',
  'payload_schema_invalid',
  'compensate_unknown_effect',
  'duplicate_contract',
  'module_failed',
  'not_available_yet',
] as const
export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** One thing that is wrong in a contract file, where it stands, and what to write instead. */
export type Problem = {
  readonly code: ProblemCode
  /** A warning does not keep the contract from loading. */
  readonly severity: 'error' | 'warning'
  readonly file: string
  /** 1-based; 0 when the contract did not come from a file. */
  readonly line: number
  readonly column: number
  /** Path of the field, such as `call.timeout`; empty for the whole file. */
  readonly field: string
  readonly message: string
  /** What to write instead. */
  readonly fix: string
}

export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`
  const field = problem.field === '' ? '' : ` ${problem.field}`
  const kind = problem.severity === 'warning' ? ' warning:' : ''
  return `${place}${kind}${field}: ${problem.message}. Write: ${problem.fix}`
}
