import { type LogEntry, logLevel } from 'kafkajs'
import type { Observe } from '../observation.ts'

export const clientLog =
  (observe: Observe) =>
  ({ level, log }: LogEntry): void => {
    const { message, timestamp: _, logger: __, ...details } = log
    observe({ type: 'client_logged', level: level === logLevel.ERROR ? 'error' : 'warn', message, details })
  }
