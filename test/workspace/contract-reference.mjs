import { contractJsonSchema, contractReference } from '@readback/contract'

const folder = new URL('../../docs/contracts/', import.meta.url)

/** @returns {{ url: URL, text: string }[]} what the schema of contracts is the source of */
export function generatedFiles() {
  return [
    { url: new URL('contract.schema.json', folder), text: `${JSON.stringify(contractJsonSchema(), null, 2)}\n` },
    { url: new URL('reference.md', folder), text: contractReference() },
  ]
}
