/** Writes what is made from the schema of contracts anew: npm run contract-reference */
import { writeFileSync } from 'node:fs'
import { generatedFiles } from './contract-reference.mjs'

for (const { url, text } of generatedFiles()) writeFileSync(url, text)
