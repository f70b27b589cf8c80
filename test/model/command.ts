/** One thing that happens in a run. It is tried whatever came before; where it cannot be done, it does nothing. */
import type fc from 'fast-check'
import { checkNothingLost } from './check.ts'
import type { Model } from './model.ts'
import type { SteppedWorld } from './stepped-world.ts'

type Act = (model: Model, world: SteppedWorld) => Promise<void>

/** Outside of the product: it loses nothing by it. `says` is all that a reader of a counterexample sees. */
export class Outside implements fc.AsyncCommand<Model, SteppedWorld, true> {
  readonly #says: string
  readonly #act: Act

  constructor(says: string, act: Act) {
    this.#says = says
    this.#act = act
  }

  async check(): Promise<boolean> {
    return true
  }

  run(model: Model, world: SteppedWorld): Promise<void> {
    return this.#act(model, world)
  }

  toString(): string {
    return this.#says
  }
}

/** In the product, which must have lost nothing at any moment. */
export class Inside extends Outside {
  override async run(model: Model, world: SteppedWorld): Promise<void> {
    await super.run(model, world)
    await checkNothingLost(world)
  }
}
