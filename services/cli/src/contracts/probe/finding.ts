/** What became of one claim of the contract. */
export type Finding = {
  /** The field of the contract that claims it. */
  field: string
  claim: string
  /** weak: kept, but in a way that may be relied on wrongly. */
  result: 'kept' | 'broken' | 'weak' | 'not_tested'
  seen: string
  /** What to write instead, or to look into; for a claim that is kept, what might be claimed besides. */
  fix: string | null
}

type Claim = Pick<Finding, 'field' | 'claim'>

export const kept = (claim: Claim, seen: string, hint: string | null = null): Finding => ({
  ...claim,
  result: 'kept',
  seen,
  fix: hint,
})
export const broken = (claim: Claim, seen: string, fix: string): Finding => ({ ...claim, result: 'broken', seen, fix })
export const weak = (claim: Claim, seen: string, fix: string): Finding => ({ ...claim, result: 'weak', seen, fix })
export const notTested = (claim: Claim, seen: string): Finding => ({ ...claim, result: 'not_tested', seen, fix: null })
