/**
 * A real Apache Kafka broker for tests: broker and controller in one process, from its jars on Maven Central.
 * Needs Java 17, and Maven while its cache is empty.
 *
 *     const kafka = await startKafka()
 *     kafka.brokers         // '127.0.0.1:23948'
 *     await kafka.kill9()   // a crash
 *     await kafka.restart() // same data, same port; 3 s after a crash
 *     await kafka.stop()
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endChild } from '../process/child-process.ts'
import { freePort } from '../process/free-port.ts'
import { type BrokerPlace, launchBroker, layOut, logFileOf } from './launch-broker.ts'
import { prepareKafka } from './prepare-kafka.ts'

export interface KafkaOptions {
  /** Keeps its data here. Without one: a temporary folder, removed at the end. */
  dir?: string
  /** On 127.0.0.1. Default: a free one. */
  port?: number
  /** Default 256. */
  heapMb?: number
}

/** A broker that ends by `stop()`, by `kill9()`, or with this process, however this process ends. */
export interface KafkaBroker {
  brokers: string
  port: number
  dir: string
  logFile: string
  readonly pid: number
  stop(): Promise<void>
  kill9(): Promise<void>
  /** Same data, same port. */
  restart(): Promise<void>
}

/** Resolves when the broker answers. It creates no topics by itself. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const kafka = await prepareKafka()
  const place = await placeFor(options)
  await layOut(kafka, place)
  let running = await launchBroker(kafka, place)

  return {
    brokers: `127.0.0.1:${place.port}`,
    port: place.port,
    dir: place.home,
    logFile: logFileOf(place),
    get pid() {
      return running.pid ?? 0
    },
    async stop() {
      await endChild(running, 'SIGTERM')
      if (!place.persistent) await rm(place.home, { recursive: true, force: true })
    },
    kill9: () => endChild(running, 'SIGKILL'),
    async restart() {
      await endChild(running, 'SIGTERM')
      running = await launchBroker(kafka, place)
    },
  }
}

async function placeFor({ dir, port, heapMb = 256 }: KafkaOptions): Promise<BrokerPlace> {
  const home = dir ? resolve(dir) : await mkdtemp(join(tmpdir(), 'readback-kafka-'))
  await mkdir(home, { recursive: true })
  const ports = { port: port ?? (await freePort()), controllerPort: await freePort() }
  return { home, ...ports, persistent: dir !== undefined, heapMb }
}
