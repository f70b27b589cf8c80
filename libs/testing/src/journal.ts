/**
 * A producer's own record of what it committed, outside the product: the checker compares it with what really happened.
 * Each line is written before, and after, the transaction; a producer that is killed between leaves an unknown.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export type ProducerOutcome = 'committed' | 'rolled_back' | 'unknown'

export interface JournalLine {
  key: string
  /** Anything that the checker needs, such as tenant, effect and payload; with the first line of a key. */
  intent?: unknown
  outcome: ProducerOutcome
  atMs: number
}

export interface Journal {
  /** Before the transaction: from here on the outcome is unknown. */
  begin(key: string, intent?: unknown): void
  end(key: string, outcome: ProducerOutcome): void
}

/** Lines reach the file before the call returns: they survive a killed process, not a crash of the machine. */
export function openJournal(file: string): Journal {
  const write = (line: JournalLine) => appendFileSync(file, `${JSON.stringify(line)}\n`)
  // An earlier writer may have been killed within a line; ours start on one of their own.
  appendFileSync(file, '\n')
  return {
    begin: (key, intent) => write({ key, intent, outcome: 'unknown', atMs: Date.now() }),
    end: (key, outcome) => write({ key, outcome, atMs: Date.now() }),
  }
}

/** The last word on each key. A line cut short by a kill counts for nothing. */
export function readJournal(file: string): Map<string, JournalLine> {
  const journal = new Map<string, JournalLine>()
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  for (const line of text.split('\n').map(parse)) {
    if (line) journal.set(line.key, { ...journal.get(line.key), ...line })
  }
  return journal
}

function parse(line: string): JournalLine | undefined {
  try {
    return JSON.parse(line) as JournalLine
  } catch {
    return undefined
  }
}
