// One side of the pipeline bench: a loop of POST and GET, and nothing else.
import { measure } from './measure.mjs'
import { effectAt, openProvider } from './post-and-look.mjs'

const { effects, providerUrl, inFlight } = JSON.parse(process.argv[2])
const provider = openProvider(providerUrl, inFlight)

let next = 0
async function lane() {
  while (next < effects) await provider.postAndLook(effectAt(next++))
}

const measured = await measure(effects, () => Promise.all(Array.from({ length: inFlight }, lane)))
process.stdout.write(JSON.stringify(measured))
await provider.close()
