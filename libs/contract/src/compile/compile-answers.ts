import type { AnswerRule } from '../contract.ts'
import type { Decoding } from '../read/decode.ts'
import type { ExternalIdRule } from '../read/external-id.ts'
import { parsePointer } from '../read/json-pointer.ts'
import { patternFor } from '../read/pattern.ts'
import type { RetryAfterRule } from '../read/retry-after.ts'
import type { HttpCallSource } from '../schema/schema-call.ts'
import type { ContractDocument } from '../schema/schema-code.ts'
import { headerRules, matchRules } from './match-source.ts'
import { statusList } from './status-list.ts'

type AnswerSource = NonNullable<ContractDocument['answers']>[number]

export function answerRules({ answers }: ContractDocument, decode: Decoding): readonly AnswerRule[] {
  return (answers ?? []).map((source) => answerRule(source, decode))
}

function answerRule(source: AnswerSource, decode: Decoding): AnswerRule {
  return {
    statuses: statusList(source.status) ?? [],
    header: headerRules(source.header),
    match: matchRules(source.match),
    decode: source.decode ?? decode,
    means: source.means,
    retryAfter: retryAfterRule(source.retry_after),
  }
}

function retryAfterRule(source: AnswerSource['retry_after']): RetryAfterRule | null {
  if (source === undefined) return null
  return { from: placeOf(source.header, source.at), unitMs: source.unit === 'ms' ? 1 : 1_000 }
}

export function externalIdRule(source: HttpCallSource['external_id']): ExternalIdRule | null {
  if (source === undefined) return null
  if (typeof source === 'string') return { from: { at: parsePointer(source) }, pattern: null }
  const { header, at, re } = source
  const wholeBody = header === undefined && at === undefined
  return { from: wholeBody ? 'body' : placeOf(header, at), pattern: re === undefined ? null : patternFor(re) }
}

function placeOf(header: string | undefined, at: string | undefined) {
  return header === undefined ? { at: parsePointer(at ?? '') } : { header: header.toLowerCase() }
}
