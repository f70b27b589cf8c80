import { compileRequest } from './compile-request.ts'
import { DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import { parsePointer } from './json-pointer.ts'
import type { AbsentRule, Canary, ItemsRule, Look, LookRules, NextPage } from './look-rules.ts'
import { matchRules } from './match.ts'
import type { ContractDocument } from './schema.ts'
import type { Template } from './template.ts'

type VerifySource = ContractDocument['verify']
type LookSource = NonNullable<VerifySource['by_key']>
type AuthHeaders = readonly (readonly [name: string, value: Template])[]

export function compileLooks(verify: VerifySource, auth: AuthHeaders, timeoutMs: number): LookRules {
  if (verify.by_key === undefined) throw new Error('unchecked contract: no look by key')
  return {
    byKey: look(verify.by_key, verify, auth, timeoutMs),
    byId: verify.by_id === undefined ? null : look(verify.by_id, verify, auth, timeoutMs),
    settle: {
      firstMs: parseDuration(verify.settle?.first ?? DEFAULTS.settleFirst) ?? 0,
      everyMs: parseDuration(verify.settle?.every ?? DEFAULTS.settleEvery) ?? 0,
      forMs: parseDuration(verify.settle?.for ?? DEFAULTS.settleFor) ?? 0,
    },
    canary: canary(verify.canary, auth, timeoutMs),
  }
}

/** A look's own rules replace those of `verify`, rule by rule. */
function look(source: LookSource, verify: VerifySource, auth: AuthHeaders, timeoutMs: number): Look {
  const present = source.present ?? verify.present
  const absent = source.absent ?? verify.absent ?? (source.items === undefined ? [] : [{ items: 0 as const }])
  return {
    read: compileRequest(source.read, auth, timeoutMs),
    items: itemsRule(source),
    present: { statuses: statusList(present?.status), match: matchRules(present?.match) },
    pending: matchRules((source.pending ?? verify.pending)?.match),
    failed: matchRules((source.failed ?? verify.failed)?.match),
    removed: matchRules((source.removed ?? verify.removed)?.match),
    absent: absent.map(absentRule),
  }
}

function itemsRule({ items, where, next }: LookSource): ItemsRule | null {
  if (items === undefined) return null
  const place = typeof items === 'string' ? items : items.at
  return {
    at: parsePointer(place),
    missingMeansEmpty: typeof items !== 'string',
    where: matchRules(where),
    next: next === undefined ? null : nextPage(next),
  }
}

function nextPage(next: NonNullable<LookSource['next']>): NextPage {
  return {
    query: Object.entries(next.query).map(([name, pointer]) => [name, parsePointer(pointer)] as const),
    while: next.while === undefined ? null : parsePointer(next.while),
    maxPages: next.max_pages ?? DEFAULTS.maxPages,
  }
}

function absentRule(rule: NonNullable<VerifySource['absent']>[number]): AbsentRule {
  if (rule.items !== undefined) return { kind: 'no_items' }
  return {
    kind: 'answer',
    statuses: statusList(rule.status),
    match: matchRules(rule.match),
    missing: rule.missing === undefined ? null : parsePointer(rule.missing),
  }
}

function canary(source: VerifySource['canary'], auth: AuthHeaders, timeoutMs: number): Canary | null {
  if (source === undefined) return null
  return {
    read: compileRequest(source, auth, timeoutMs),
    statuses: statusList(source.status),
    match: matchRules(source.match),
  }
}

/** Null stands for any 2xx. */
function statusList(status: number | readonly number[] | undefined): readonly number[] | null {
  return status === undefined ? null : [status].flat()
}
