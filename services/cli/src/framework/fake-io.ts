import type { Io } from './io.ts'

/** For tests: a terminal that remembers what it was told. */
export function fakeIo(given: Partial<Io> = {}) {
  const told = { out: '', err: '' }
  const io: Io = {
    env: {},
    version: '1.2.3',
    userName: 'ada',
    out: (text) => {
      told.out += text
    },
    err: (text) => {
      told.err += text
    },
    outIsTerminal: false,
    errIsTerminal: false,
    ask: null,
    prompts: null,
    stdin: async () => '',
    readFile: () => {
      throw new Error('there is no such file')
    },
    ...given,
  }
  return { io, told }
}
