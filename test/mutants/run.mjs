// `npm run mutants -- [NAME]`: see main.ts.
import { runTypeScript } from '../runner/run-typescript.mjs'

await runTypeScript('test/mutants/main.ts', process.argv.slice(2))
