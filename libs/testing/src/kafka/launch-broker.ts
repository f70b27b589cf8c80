import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endChild, hasExited, whenParentEnds } from '../process/child-process.ts'
import { isFree } from '../process/free-port.ts'
import { answersMetadata } from './answers-metadata.ts'
import { type BrokerPorts, serverProperties } from './broker-configuration.ts'
import { JVM_FLAGS, javaCommand } from './java.ts'

const START_TIMEOUT_MS = 60_000
const POLL_MS = 20

/** What every broker of one version shares. */
export interface KafkaInstallation {
  classPath: string
  emptyStorage: string
  logging: string
  classArchive: string
}

export interface BrokerPlace extends BrokerPorts {
  home: string
  persistent: boolean
  heapMb: number
}

/** A storage formatted once and copied starts 0.7 s sooner than one formatted each time. */
export async function layOut(kafka: KafkaInstallation, place: BrokerPlace): Promise<void> {
  const data = join(place.home, 'data')
  if (!existsSync(data)) await cp(kafka.emptyStorage, data, { recursive: true })
  await writeFile(join(place.home, 'server.properties'), serverProperties(data, place))
}

/** Resolves when the broker answers. `archiving` is a file for the classes that it loads, written as it exits. */
export async function launchBroker(
  kafka: KafkaInstallation,
  place: BrokerPlace,
  archiving?: string,
): Promise<ChildProcess> {
  if (!(await isFree(place.port))) throw new Error(`Port ${place.port} is in use: no Kafka broker can start on it.`)
  const archive = archiving ? `-XX:ArchiveClassesAtExit=${archiving}` : `-XX:SharedArchiveFile=${kafka.classArchive}`
  const broker = await spawnBroker(kafka, place, archive)
  tieToParent(broker, place)
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (!(await answersMetadata(place.port))) {
    if (hasExited(broker) || Date.now() > deadlineMs) throw await failure(broker, place)
    await sleep(POLL_MS)
  }
  return broker
}

async function spawnBroker(kafka: KafkaInstallation, place: BrokerPlace, archive: string): Promise<ChildProcess> {
  const log = await open(logFileOf(place), 'a')
  const flags = [...JVM_FLAGS, archive, `-Xmx${place.heapMb}m`, `-Dlog4j2.configurationFile=${kafka.logging}`]
  const main = ['-cp', kafka.classPath, 'kafka.Kafka', join(place.home, 'server.properties')]
  // A session of its own: Ctrl-C reaches the tests, and they stop the broker.
  const broker = spawn(javaCommand(), [...flags, ...main], { detached: true, stdio: ['ignore', log.fd, log.fd] })
  await once(broker, 'spawn')
  await log.close()
  broker.unref()
  return broker
}

function tieToParent(broker: ChildProcess, { home, persistent }: BrokerPlace): void {
  if (persistent) whenParentEnds(broker, 'kill -9 "$1"')
  else whenParentEnds(broker, 'kill -9 "$1"; sleep 0.2; rm -rf -- "$2"', [home])
}

async function failure(broker: ChildProcess, place: BrokerPlace): Promise<Error> {
  const what = hasExited(broker) ? 'exited' : `did not answer in ${START_TIMEOUT_MS / 1000} s`
  await endChild(broker, 'SIGKILL')
  const lastLines = (await readFile(logFileOf(place), 'utf8')).split('\n').slice(-15).join('\n')
  return new Error(`The Kafka broker on port ${place.port} ${what}. The end of ${logFileOf(place)}:\n${lastLines}`)
}

export const logFileOf = ({ home }: BrokerPlace): string => join(home, 'broker.log')
