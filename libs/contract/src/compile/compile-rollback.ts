import type { Rollback } from '../contract.ts'
import type { ContractDocument } from '../schema/schema-code.ts'
import { type BodyTemplate, bodyTemplate } from '../send/body-template.ts'
import { type Expression, expressionsIn } from '../send/template.ts'

/** Without a payload of its own, the undoing effect gets that of the entry, byte for byte. */
const AS_GIVEN = '${payload}'

export function compileRollback({ strategy, effect = '', payload = AS_GIVEN }: ContractDocument['rollback']): Rollback {
  if (strategy !== 'compensate') return { strategy }
  const template = bodyTemplate({ json: payload })
  if (template === null) throw new Error('unchecked rollback: no payload')
  return { strategy, effect, payload: template, needsReceipt: expressionsOf(template).some(isOfReceipt) }
}

function expressionsOf(template: BodyTemplate): readonly Expression[] {
  if (template.kind !== 'json') return []
  return template.parts.flatMap((part) => {
    if (typeof part === 'string') return []
    return expressionsIn(part.kind === 'value' ? [part.expression] : part.template)
  })
}

const isOfReceipt = (expression: Expression): boolean =>
  expression.kind === 'keep' || (expression.kind === 'name' && expression.name === 'external_id')
