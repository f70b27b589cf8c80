type RequestQueue = { pending: readonly unknown[]; scheduleCheckPendingRequests(): void }

/**
 * Each connection of kafkajs 2.2.4 looks through its pending requests every millisecond, also when there are none
 * (tulios/kafkajs#1751): 2,200 timers a second in an idle process. With this it looks only while some are pending; it
 * is called again whenever one is added.
 */
export function stopIdleTimer(prototype: RequestQueue): void {
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
