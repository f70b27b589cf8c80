import { styleText } from 'node:util'
import { type DestinationStream, pino } from 'pino'
import type { DescribedError } from './describe-error.ts'
import type { Level } from './kind.ts'

export type Fields = Record<string, unknown>

/** Writes one line. */
export type LineWriter = (level: Level, message: string, fields: Fields) => void

export function createJsonWriter(stream: DestinationStream): LineWriter {
  const logger = pino(
    {
      level: 'trace',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  return (level, message, fields) => logger[level](fields, message)
}

type Style = Parameters<typeof styleText>[0]

const STYLES: Readonly<Record<Level, Style>> = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

export type PrettyOptions = { colors: boolean; now: () => Date }

/** For people at a terminal: the time of day, the level, the message, then what there is to know. */
export function createPrettyWriter(stream: DestinationStream, { colors, now }: PrettyOptions): LineWriter {
  const style = (name: Style, text: string) => (colors ? styleText(name, text) : text)
  return (level, message, fields) => {
    const time = style('dim', now().toISOString().slice(11, 23))
    const known = Object.entries(fields).filter(
      ([name, value]) => name !== 'type' && value !== null && value !== undefined,
    )
    const said = known.map(([name, value]) => `${style('dim', `${name}=`)}${shown(name, value)}`)
    stream.write(`${[time, style(STYLES[level], level.toUpperCase().padEnd(5)), message, ...said].join(' ')}\n`)
  }
}

function shown(name: string, value: unknown): string {
  if (name === 'error') return shownError(value as DescribedError)
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value
  return Array.isArray(value) ? value.join(',') : String(value)
}

function shownError({ code, message, stack, cause }: DescribedError): string {
  const own = `${code ? `${code}: ` : ''}${message}${stack ? `\n${stack}` : ''}`
  return cause ? `${own} <- ${shownError(cause)}` : own
}
