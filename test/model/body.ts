/** What a role runs in. It can be struck at a crash point: from then on nothing that it sends leaves, and nothing it is answered arrives. */
import type { CrashPoint } from '@readback/service-kit'
import type { Database } from '@readback/store'

/** As by kill -9, or as by kill -STOP: then it may wake up much later, and go on as if nothing had been. */
export type Blow = { at: CrashPoint; how: 'killed' | 'frozen' }

export class Body {
  #blow: Blow | null = null
  #wayFree: Promise<void> = Promise.resolve()
  #thaw = () => {}
  #tellStruck = () => {}
  /** Resolves when it is struck. */
  struck = this.#notYet()
  state: 'well' | Blow['how'] = 'well'

  /** The next blow; null: it is spared. */
  aim(blow: Blow | null): void {
    this.#blow = blow
  }

  readonly reached = (point: CrashPoint): void => {
    // The answer to a claim is held back in its stead, see `through`: between this point and the call nothing else could be.
    if (this.#blow?.at === point && point !== 'claimed') this.#strike(this.#blow)
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#wayFree
    const result = await work()
    await this.#wayFree
    return result
  }

  thaw(): void {
    this.state = 'well'
    this.struck = this.#notYet()
    this.#thaw()
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
      const inTransaction = async (statement: string) => {
        const answer = await client.query(statement)
        if (statement !== 'commit' || this.#blow?.at !== 'claimed') return answer
        release()
        this.#strike(this.#blow)
        return this.pass(async () => answer)
      }
      return { query: inTransaction, release }
    }
    return { ...db, pool: Object.assign(Object.create(db.pool), { query, connect }) }
  }

  #strike({ how }: Blow): void {
    this.#blow = null
    this.state = how
    this.#wayFree = new Promise((resolve) => {
      this.#thaw = resolve
    })
    this.#tellStruck()
  }

  #notYet(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellStruck = resolve
    })
  }
}
