import { usageError } from './framework/cli-error.ts'
import type { Io } from './framework/io.ts'

/** The text as it was written: parsing and writing it again would change numbers that are too long for a float. */
export async function readPayload(io: Io, source: string): Promise<string> {
  const text = await textOf(io, source)
  try {
    JSON.parse(text)
  } catch (error) {
    throw usageError(`payload: expected JSON, @file or - for stdin, got what is no JSON: ${(error as Error).message}`)
  }
  return text
}

async function textOf(io: Io, source: string): Promise<string> {
  if (source === '-') return io.stdin()
  return source.startsWith('@') ? readFile(io, source.slice(1)) : source
}

function readFile(io: Io, path: string): string {
  try {
    return io.readFile(path)
  } catch {
    throw usageError(`payload: there is no readable file ${path}`)
  }
}
