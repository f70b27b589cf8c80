import type { ConnectionOptions } from 'node:tls'
import type { Topic } from '../dispatch.ts'
import type { Observe } from '../observation.ts'

export type KafkaDispatchOptions = {
  /** host:port of the brokers that are asked first; the cluster names the others. */
  brokers: readonly string[]
  clientId: string
  ssl?: boolean | ConnectionOptions
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  /** Begins the names of the topics: `readback.deliver.v1`. */
  topicPrefix?: string
  /** Begins the names of the consumer groups: `readback-deliver`. Default: the topics' prefix. */
  groupPrefix?: string
  /** Of a topic that does not exist yet: how many processes may share its work. */
  partitions?: number
  /** Of a topic that does not exist yet; -1: what the broker is configured to. */
  replicationFactor?: number
  /** After how long a silent member of the group is taken for dead and its share given to others. */
  sessionTimeoutMs?: number
  observe?: Observe
}

export type KafkaSettings = Required<Omit<KafkaDispatchOptions, 'ssl' | 'sasl'>> &
  Pick<KafkaDispatchOptions, 'ssl' | 'sasl'> & {
    /** The only one whose references are handed over; null: all are. */
    source: string | null
  }

export function withDefaults(options: KafkaDispatchOptions): KafkaSettings {
  return {
    topicPrefix: 'readback',
    groupPrefix: options.topicPrefix ?? 'readback',
    partitions: 6,
    replicationFactor: -1,
    // The least that brokers allow by default. With 10 s, what a killed worker held waited up to 26 s in a soak, behind a verifier that was
    // killed as well.
    sessionTimeoutMs: 6_000,
    observe: () => {},
    ...options,
    source: null,
  }
}

/**
 * A group for each source, whatever other sources a process serves: so its references come to processes that serve it,
 * wait for its own slots, and are read on from its own offsets. What the groups of others read costs it nothing.
 */
export const ofOneSource = (settings: KafkaSettings, source: string, observe: Observe): KafkaSettings => ({
  ...settings,
  source,
  observe,
  groupPrefix: source === 'default' ? settings.groupPrefix : `${settings.groupPrefix}-${source}`,
})

export const topicName = (settings: KafkaSettings, topic: Topic) => `${settings.topicPrefix}.${topic}.v1`
export const groupName = (settings: KafkaSettings, topic: Topic) => `${settings.groupPrefix}-${topic}`

/** Four may be lost before the group takes a member for dead. */
export const heartbeatMs = (settings: KafkaSettings) => Math.ceil(settings.sessionTimeoutMs / 5)
