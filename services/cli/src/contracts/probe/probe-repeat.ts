import type { Contract } from '@readback/contract'
import type { Bench, Count, Made } from './bench.ts'
import { broken, type Finding, kept, notTested } from './finding.ts'
import { answerText } from './probe-call.ts'

type Repeat = Contract['provider']['repeat']

const CLAIMS: Readonly<Record<Repeat, string>> = {
  same_answer: 'a repeat with the same key acts once and gets the same answer',
  refused: 'a repeat with the same key acts once and is refused',
  overwrites: 'a repeat with the same key leaves one',
  acts_again: 'a repeat with the same key may act again',
}

export async function probeRepeat(bench: Bench): Promise<Finding[]> {
  const { repeat } = bench.contract.provider
  const claim = { field: 'provider.repeat', claim: CLAIMS[repeat] }
  if (bench.contract.verify.kind === 'none') return [notTested(claim, 'without a look nothing can be counted')]
  const first = await bench.first()
  if (first === null) return [notTested(claim, 'no call was accepted')]
  const before = await bench.count(first.entry)
  if (before.count !== 'one') return [notTested(claim, `there are ${before.count} of the first call to begin with`)]
  const second = await bench.write(first.entry)
  const { count } = await bench.count(first.entry)
  const seen = `${answerText(second.result)}; ${count} under the key after two calls`
  const really = behaviour(first, second, count)
  if (really === null) return [notTested(claim, seen)]
  if (mayCount(repeat, really))
    return unreadable(second) ? [broken(claim, seen, READ_AS_REFUSED)] : [kept(claim, seen, hintFor(repeat, really))]
  return [broken(claim, seen, fixFor(bench.contract, really))]
}

/** What a second call did; one that changed nothing cannot be told from one that wrote the same over it. */
function behaviour(first: Made, second: Made, count: Count): Repeat | null {
  if (count === 'more') return 'acts_again'
  if (count !== 'one') return null
  if (second.result.outcome !== 'success') return second.result.answered ? 'refused' : null
  return second.result.externalId === first.result.externalId ? 'same_answer' : 'overwrites'
}

/** A claim that expects less of the provider than it does is a safe one. */
function mayCount(claimed: Repeat, really: Repeat): boolean {
  if (claimed === 'acts_again') return true
  if (claimed === 'overwrites') return really === 'same_answer' || really === 'overwrites'
  return claimed === really
}

/** Who claims less than there is waits for two looks where a repeat would do. */
function hintFor(claimed: Repeat, really: Repeat): string | null {
  return claimed === 'acts_again' && really !== 'acts_again' ? `repeat: ${really}, if the provider promises it` : null
}

const READ_AS_REFUSED =
  'answers: a rule for this status with means: exists, or a lost answer ends dead though it happened'

/** A repeat that is refused as if the request were wrong would end an entry as dead whose first answer was lost. */
const unreadable = ({ result }: Made): boolean =>
  result.outcome === 'validation_failure' || result.outcome === 'permission_denied'

function fixFor({ provider }: Contract, really: Repeat): string {
  const ignored = provider.key?.in === 'header' && really === 'acts_again'
  return `repeat: ${really}${ignored ? `; the header ${provider.key?.header} was taken and ignored` : ''}`
}
