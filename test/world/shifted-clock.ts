import type { Environment } from './product.ts'

/** For a process whose machine is wrong about the time of day by so much; it takes effect before anything else is loaded. */
export function shiftedClock(byMs: number): Environment {
  const code = `
    const Real = Date
    globalThis.Date = class Date extends Real {
      constructor(...given) { given.length === 0 ? super(Real.now() + ${byMs}) : super(...given) }
      static now() { return Real.now() + ${byMs} }
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}
