import { isCancel, select, text } from '@clack/prompts'
import { EXIT } from './framework/exit-code.ts'
import type { Prompts } from './framework/prompts.ts'

const output = process.stderr

/** By @clack/prompts, on stderr: what a command answers goes to stdout. */
export const terminalPrompts: Prompts = {
  async text(message, initialValue, isFine) {
    const validate = (value: string | undefined) => isFine?.(value ?? '')
    // An empty line takes what was proposed, also when it was typed before the question stood there.
    return told(await text({ message, initialValue, validate, output })) || initialValue
  },
  async choose(message, choices, initialValue) {
    const options = choices.map(({ value, hint }) => ({ value: value as string, label: value as string, hint }))
    const value = told(await select({ message, options, initialValue, output }))
    return choices.find((choice) => choice.value === value)?.value ?? initialValue
  },
}

function told<T>(answer: T): Exclude<T, symbol> {
  return isCancel(answer) ? process.exit(EXIT.interrupted) : (answer as Exclude<T, symbol>)
}
