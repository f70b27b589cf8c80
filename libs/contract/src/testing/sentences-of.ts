import { parseContract } from '../check/parse-contract.ts'
import { formatProblem } from '../check/problem.ts'

/** For tests: all that is said about a contract, errors or warnings, each behind its code. */
export function sentencesOf(text: string): readonly string[] {
  const parsed = parseContract(text, 'f.yaml')
  const problems = parsed.ok ? parsed.warnings : parsed.problems
  return problems.map((problem) => `${problem.code} ${formatProblem(problem)}`)
}
