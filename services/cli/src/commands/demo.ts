import type { Count } from '../demo/count-effects.ts'
import { isPerfect } from '../demo/count-effects.ts'
import { type DemoResult, type Progress, runDemo } from '../demo/run-demo.ts'
import { readCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import { optionalCount } from '../framework/field.ts'
import type { Io } from '../framework/io.ts'
import type { Screen } from '../framework/screen.ts'

export const demoCommand = readCommand({
  name: 'demo',
  summary: 'The same orders by a retry loop and by Readback, at a provider that loses, drops and dawdles',
  withoutDatabase: true,
  fields: {
    intents: optionalCount('how many orders (200)'),
    seed: optionalCount('which requests go wrong (1)'),
  },
  async run({ io }, { intents = 200, seed = 1 }) {
    const result = await runDemo({ intents, seed, progress: progressOn(io) })
    const perfect = isPerfect(result.readback)
    return {
      data: { ...result, perfect },
      show: (screen) => showDemo(result, screen),
      exitCode: perfect ? EXIT.ok : EXIT.error,
    }
  },
})

const HEAD = ['', 'INTENTS', 'EFFECTS THERE', 'DOUBLED', 'MISSING', 'FALSELY DONE', 'UNDECIDED']

function showDemo(result: DemoResult, { table, paint }: Screen): string {
  const cells = (count: Count) => {
    const wrong = (figure: number) => (figure > 0 ? paint('red', String(figure)) : paint('green', '0'))
    return [
      count.who,
      count.intents,
      count.effects_there,
      wrong(count.doubled),
      wrong(count.missing),
      wrong(count.falsely_done),
      wrong(count.undecided),
    ]
  }
  const perfect = isPerfect(result.readback)
  return [
    table(HEAD, [cells(result.loop), cells(result.readback)]),
    '',
    `Counted from the provider's ledger and the database, not from what either side believes. ${result.rolled_back} more orders were`,
    `rolled back and ${result.enqueued_twice} were enqueued twice. Took ${result.seconds} s.`,
    perfect
      ? paint('green', 'Every committed intent happened exactly once, and was read back before it was called done.')
      : paint('red', 'Readback lost, doubled or misjudged something: that is a defect.'),
  ].join('\n')
}

/** One line that is written over on a terminal; elsewhere one line a step. */
function progressOn({ err, errIsTerminal }: Io): Progress {
  const steps = new Map<string, number>()
  return {
    step: (text) => err(`${text}\n`),
    count(text, done, of) {
      const before = steps.get(text) ?? -1
      if (done === before) return
      steps.set(text, done)
      if (errIsTerminal) err(`\r${text}: ${done} of ${of}${done >= of ? '\n' : ''}`)
      else if (done >= of) err(`${text}: ${done} of ${of}\n`)
    },
  }
}
