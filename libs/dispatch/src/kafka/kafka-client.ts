import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ISocketFactory, Kafka, type KafkaConfig, type LogEntry, logLevel, type RetryOptions } from 'kafkajs'
import type { KafkaSettings } from './kafka-options.ts'

/** One kafkajs client, and the means to end it although kafkajs itself would retry for ever. */
export type KafkaClient = {
  kafka: Kafka
  /** Ends all connections and every further attempt. */
  cut(): void
}

const CONNECTION_TIMEOUT_MS = 3_000
// A broker that hangs is left after this; long polls and joins have their own, longer ones.
const REQUEST_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 60_000

export function createKafkaClient(
  settings: KafkaSettings,
  retry: RetryOptions,
  onLog: (entry: LogEntry) => void,
): KafkaClient {
  const sockets = createSockets()
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry,
    socketFactory: sockets.open,
    logLevel: logLevel.WARN,
    logCreator: () => onLog,
    ...(settings.ssl !== undefined && { ssl: settings.ssl }),
    ...(settings.sasl !== undefined && { sasl: settings.sasl as NonNullable<KafkaConfig['sasl']> }),
  }
  return { kafka: new Kafka(config), cut: sockets.cut }
}

/**
 * kafkajs repeats whatever a connection fails with; only a TypeError ends its retries, and it wraps what it catches
 * by reading `message`. So that is where the TypeError comes from.
 */
const END_OF_RETRIES = Object.defineProperty(new Error(), 'message', {
  get() {
    throw new TypeError('This Kafka client was cut off.')
  },
})

function createSockets() {
  const sockets = new Set<Socket>()
  let cutOff = false
  const open: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (cutOff) throw END_OF_RETRIES
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect)
    socket.setKeepAlive(true, KEEP_ALIVE_MS).once('close', () => sockets.delete(socket))
    sockets.add(socket)
    return socket
  }
  const cut = () => {
    cutOff = true
    // An error rejects the requests under way; a socket that kafkajs has ended itself has none.
    for (const socket of sockets) socket.destroy(socket.writableEnded ? undefined : new Error('Cut off.'))
  }
  return { open, cut }
}
