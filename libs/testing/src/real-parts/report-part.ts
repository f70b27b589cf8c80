import { appendFileSync } from 'node:fs'

export type PartReport = { part: string; from: string } | { part: string; missing: string }

/** Says which real part the tests ran on: a JSON line in the file that READBACK_TEST_PARTS names, or a line for people. */
export function reportPart(report: PartReport): void {
  const file = process.env['READBACK_TEST_PARTS']
  if (file) appendFileSync(file, `${JSON.stringify(report)}\n`)
  else if ('from' in report) console.log(`The tests run on ${report.from}.`)
  else console.log(`The tests run without ${report.part}: ${report.missing}`)
}
