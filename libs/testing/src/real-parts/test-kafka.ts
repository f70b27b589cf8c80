import { askForKafka } from './ask.ts'

export type TestKafka = { is: 'there'; brokers: string } | { is: 'missing'; why: string }

/**
 * The broker that all tests of a run share; topics and groups are each test's own.
 *
 *     const kafka = await testKafka()
 *     describe.skipIf(kafka.is === 'missing')('...', ...)
 *
 * Where CI is set, a missing broker is an error.
 */
export async function testKafka(): Promise<TestKafka> {
  try {
    return { is: 'there', brokers: (await askForKafka()).brokers }
  } catch (error) {
    if (process.env['CI']) throw error
    return { is: 'missing', why: error instanceof Error ? error.message : String(error) }
  }
}
