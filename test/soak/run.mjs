// `npm run soak -- --intents 50000`: see main.ts.
import { runTypeScript } from '../runner/run-typescript.mjs'

await runTypeScript('test/soak/main.ts', process.argv.slice(2))
