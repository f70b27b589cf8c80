import type { Bench } from './bench.ts'
import { broken, type Finding, kept, notTested, weak } from './finding.ts'

const ALL = { field: 'verify.absent', claim: 'a wrong place is not read as absent' }
const FOLDER = { field: 'verify.canary', claim: 'the canary guards the folder that is looked at' }

/**
 * A wrong bucket, folder or port answers like a place where the thing is not. Everything is moved first, as a wrong host would be; then
 * the look alone.
 */
export async function probeWrongPlace(bench: Bench): Promise<Finding[]> {
  const first = await bench.first()
  if (first === null) return [notTested(ALL, 'no call was accepted')]
  const { verify } = bench.contract
  const ids = verify.kind === 'looks' && verify.byId !== null ? [null, first.result.externalId] : [null]
  for (const id of ids) {
    const look = await bench.lookElsewhere(first.entry, id, false)
    if (look.verdict !== 'absent') continue
    const fix = 'canary: { url: ... } of the same place; and in absent a match beside the status'
    return [broken(ALL, `absent by ${look.evidence.by}, at a path that does not exist`, fix)]
  }
  return [kept(ALL, 'inconclusive'), ...(await folder(bench))]
}

async function folder(bench: Bench): Promise<Finding[]> {
  const { verify } = bench.contract
  const first = await bench.first()
  if (first === null || verify.kind === 'none' || verify.canary === null) return []
  const look = await bench.lookElsewhere(first.entry, null, true)
  if (look.verdict !== 'absent') return [kept(FOLDER, 'inconclusive where only the look is wrong')]
  const fix = 'a canary in the same folder, or in absent a match that only the right folder answers'
  return [weak(FOLDER, 'absent where only the look is wrong', fix)]
}
