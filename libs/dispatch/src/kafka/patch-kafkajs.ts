import { createRequire } from 'node:module'
import type { Observe } from '../observation.ts'
import { stopIdleTimer } from './idle-timer.ts'
import { encodeRecord, type PlainRecord } from './record-encoder.ts'

// The version that was looked at. Another may have mended this, or may work in another way: it is left as it is.
const KNOWN_VERSION = '2.2.4'

type EncodeRecord = (record: Partial<PlainRecord>) => unknown

const require = createRequire(import.meta.url)
let patched = false

/** Two things in which kafkajs wastes CPU, mended in this process. Without them it works the same, and dearer. */
export function patchKafkajs(observe: Observe): void {
  if (patched) return
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KNOWN_VERSION) return observe({ type: 'idle_timer_kept', version })
  stopIdleTimer(require('kafkajs/src/network/requestQueue').prototype)
  replaceModule('kafkajs/src/protocol/recordBatch/record/v0', withOwnEncoder)
  patched = true
}

/** For a record that it does not know how to write, the encoder of kafkajs stays. */
export const withOwnEncoder =
  (original: EncodeRecord): EncodeRecord =>
  (record) =>
    encodeRecord({ key: null, value: null, headers: {}, offsetDelta: 0, timestampDelta: 0, ...record }) ??
    original(record)

/** Works on what is loaded later: the requests of kafkajs load their encoder when the first one is sent. */
function replaceModule(name: string, replace: (original: EncodeRecord) => EncodeRecord): void {
  const original = require(name) as EncodeRecord
  const loaded = require.cache[require.resolve(name)]
  if (loaded) loaded.exports = replace(original)
}
