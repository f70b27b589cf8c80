/** What a role runs in. It can be struck at a crash point: from then on nothing that it sends leaves, and nothing it is answered arrives. */
import { setImmediate as turn } from 'node:timers/promises'
import type { CrashPoint } from '@readback/service-kit'
import type { Database } from '@readback/store'

/**
 * Killed, as by kill -9. Frozen, as by kill -STOP: it may wake up much later, and go on as if nothing had been. Stalled: what one
 * call was answered reaches nobody until then, while the process goes on with everything else.
 */
export type Blow = { at: CrashPoint; how: 'killed' | 'frozen' | 'stalled' }

// Between two things that pass lie at most a few promises, and one turn of whoever gathers what is written.
const CALM_TURNS = 3

export class Body {
  #blow: Blow | null = null
  #wayFree: Promise<void> = Promise.resolve()
  #open = () => {}
  #tellStruck = () => {}
  #passing = 0
  #tellPassed = () => {}
  readonly #stalled: (() => void)[] = []
  /** Resolves when it is killed or frozen. */
  struck = this.#notYet()
  state: 'well' | 'killed' | 'frozen' = 'well'

  /** The next blow; null: it is spared. */
  aim(blow: Blow | null): void {
    this.#blow = blow
  }

  readonly reached = (point: CrashPoint): void => {
    // The answer to a claim is held back in its stead, see `through`: between this point and the call nothing else could be.
    if (this.#blow?.at === point && point !== 'claimed') this.#strike(this.#blow)
  }

  /** Everything between what runs in here and the rest of the world. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    this.#passing += 1
    try {
      await this.#wayFree
      const result = await work()
      await this.#wayFree
      return result
    } finally {
      this.#passing -= 1
      if (this.#passing === 0) this.#tellPassed()
    }
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    const result = await this.pass(work)
    if (this.#blow?.how === 'stalled') {
      this.#blow = null
      await new Promise<void>((resolve) => this.#stalled.push(resolve))
    }
    return result
  }

  /** Resolves when nothing is under way but what is held back: what runs in here waits for nothing that does not pass. */
  async quiet(): Promise<void> {
    for (let calm = 0; calm < CALM_TURNS; calm += 1) {
      if (this.#passing > 0) {
        calm = 0
        await new Promise<void>((resolve) => {
          this.#tellPassed = resolve
        })
      }
      await turn()
    }
  }

  get isStalled(): boolean {
    return this.#stalled.length > 0
  }

  /** What is frozen or stalled goes on. */
  thaw(): void {
    for (const goOn of this.#stalled.splice(0)) goOn()
    if (this.state !== 'frozen') return
    this.state = 'well'
    this.struck = this.#notYet()
    this.#open()
  }

  /** The same database, for what runs in here. A blow at `claimed` strikes when the claim is committed and nobody has heard of it. */
  through(db: Database): Database {
    const query = (statement: string) => this.pass(() => db.pool.query(statement))
    const connect = async () => {
      const client = await this.pass(() => db.pool.connect())
      let isLent = true
      const release = (broken?: boolean) => {
        if (isLent) client.release(broken)
        isLent = false
      }
      const inTransaction = (statement: string) =>
        this.pass(async () => {
          const answer = await client.query(statement)
          if (statement !== 'commit' || this.#blow?.at !== 'claimed') return answer
          release()
          this.#strike(this.#blow)
          return answer
        })
      return { query: inTransaction, release }
    }
    return { ...db, pool: Object.assign(Object.create(db.pool), { query, connect }) }
  }

  #strike({ how }: Blow): void {
    if (how === 'stalled') return
    this.#blow = null
    this.state = how
    this.#wayFree = new Promise((resolve) => {
      this.#open = resolve
    })
    this.#tellStruck()
  }

  #notYet(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellStruck = resolve
    })
  }
}
