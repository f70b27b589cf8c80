/**
 * Reads the counts out of vitest's JSON report. A file that could not be loaded, a set-up that threw and an error
 * outside every test each count as one failure: a run must not look green because its tests never started.
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] }} Report
 * @param {Report | undefined} report
 * @param {number} exitCode
 * @returns {import('./run-tier.mjs').Counts | undefined} undefined when there was nothing to run
 */
export function countTests(report, exitCode) {
  if (!report || report.testResults.length === 0)
    return exitCode === 0 ? undefined : { passed: 0, failed: 1, skipped: 0 }
  const failed = report.numFailedTests + report.testResults.filter(failedOutsideTests).length
  return {
    passed: report.numPassedTests,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** @param {Report['testResults'][number]} file */
function failedOutsideTests(file) {
  return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')
}
