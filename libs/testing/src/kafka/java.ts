import { join } from 'node:path'
import { run } from '../process/child-process.ts'

const OLDEST_JAVA = 17
const OLDEST_MAVEN = '3.6.3'

/** The first JIT stage only and the serial collector: almost half of a broker's start-up, and enough for tests. */
export const JVM_FLAGS: readonly string[] = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

export function javaCommand(): string {
  const home = process.env['JAVA_HOME']
  return home ? join(home, 'bin', 'java') : 'java'
}

/** The version of Java; throws a reason if it is none that runs a broker. */
export async function checkJava(): Promise<string> {
  const java = javaCommand()
  const { stderr } = await run(java, ['-version']).catch((cause: unknown) => {
    throw new Error(`A Kafka broker needs Java ${OLDEST_JAVA} or newer, but "${java}" does not run.`, { cause })
  })
  const version = /version "([^"]+)"/.exec(stderr)?.[1] ?? 'of unknown version'
  if (Number.parseInt(version, 10) >= OLDEST_JAVA) return version
  throw new Error(`A Kafka broker needs Java ${OLDEST_JAVA} or newer, but "${java}" is Java ${version}. Set JAVA_HOME.`)
}

export async function checkMaven(): Promise<void> {
  const { stdout } = await run('mvn', ['-v']).catch((cause: unknown) => {
    throw new Error(`Maven ${OLDEST_MAVEN} or newer brings the Kafka broker, but "mvn" does not run.`, { cause })
  })
  const version = /Apache Maven ([\d.]+)/.exec(stdout)?.[1] ?? 'of unknown version'
  if (version.localeCompare(OLDEST_MAVEN, 'en', { numeric: true }) >= 0) return
  throw new Error(`Maven ${OLDEST_MAVEN} or newer brings the Kafka broker, but "mvn" is Maven ${version}.`)
}
