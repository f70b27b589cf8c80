import { createRequire } from 'node:module'
import type { Observe } from '../observation.ts'

// The version whose requestQueue is known; another may have mended it, or may work in another way.
const KNOWN_VERSION = '2.2.4'

type RequestQueue = { pending: readonly unknown[]; scheduleCheckPendingRequests(): void }

const require = createRequire(import.meta.url)
let patched = false

/**
 * Each connection of kafkajs 2.2.4 looks through its queue of pending requests every millisecond, also when there are
 * none (tulios/kafkajs#1751): 2,200 timers a second in an idle process. This lets it look only while some are pending;
 * it is called again whenever one is added.
 */
export function stopIdleTimer(observe: Observe): void {
  if (patched) return
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KNOWN_VERSION) return observe({ type: 'idle_timer_kept', version })

  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
  patched = true
}
