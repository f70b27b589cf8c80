/**
 * Brings a broker onto this machine, once: its jars from Maven Central, a formatted empty storage, and an archive of
 * the classes that a start loads (1.6 s → 0.9 s). All in `READBACK_KAFKA_CACHE`, default ~/.cache/readback-kafka.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { endChild, run } from '../process/child-process.ts'
import { freePort } from '../process/free-port.ts'
import { makeWhole } from '../process/make-whole.ts'
import { LOGGING, serverProperties } from './broker-configuration.ts'
import { checkJava, checkMaven, JVM_FLAGS, javaCommand } from './java.ts'
import { type KafkaInstallation, launchBroker, layOut } from './launch-broker.ts'
import { KAFKA_VERSION, POM } from './pom.ts'

const CLUSTER_ID = 'cmVhZGJhY2stdGVzdHMtMQ'

/** Throws the reason if there is no Java, or if the cache is empty and there is no Maven. */
export async function prepareKafka(): Promise<KafkaInstallation> {
  const javaVersion = await checkJava()
  const root = process.env['READBACK_KAFKA_CACHE'] ?? join(homedir(), '.cache', 'readback-kafka')
  const cache = join(resolve(root), KAFKA_VERSION)
  await makeWhole(cache, fillCache)

  const jars = (await readdir(join(cache, 'lib'))).sort()
  const kafka = {
    classPath: jars.map((jar) => join(cache, 'lib', jar)).join(delimiter),
    emptyStorage: join(cache, 'empty-storage'),
    logging: join(cache, 'log4j2.xml'),
    classArchive: join(cache, `classes-java-${javaVersion}.jsa`),
  }
  await makeWhole(kafka.classArchive, (draft) => archiveClasses(kafka, draft))
  return kafka
}

async function fillCache(cache: string): Promise<void> {
  await checkMaven()
  const lib = join(cache, 'lib')
  await mkdir(lib, { recursive: true })
  const pom = join(cache, 'pom.xml')
  await writeFile(pom, POM)
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`])
  await writeFile(join(cache, 'log4j2.xml'), LOGGING)
  await formatStorage(cache)
}

async function formatStorage(cache: string): Promise<void> {
  const config = join(cache, 'format.properties')
  await writeFile(config, serverProperties(join(cache, 'empty-storage'), { port: 1, controllerPort: 2 }))
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', config]
  await run(javaCommand(), [...JVM_FLAGS, '-cp', join(cache, 'lib', '*'), ...format])
}

/** Runs one throw-away broker whose JVM writes down its loaded classes as it exits. */
async function archiveClasses(kafka: KafkaInstallation, file: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'readback-kafka-'))
  const ports = { port: await freePort(), controllerPort: await freePort() }
  const place = { home, ...ports, persistent: false, heapMb: 256 }
  await layOut(kafka, place)
  await endChild(await launchBroker(kafka, place, file), 'SIGTERM', 30_000)
  await rm(home, { recursive: true, force: true })
}
