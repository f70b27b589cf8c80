import { describe, expect, it } from 'vitest'
import { numberOf, refs } from '../testing/refs.ts'
import { createPublisher } from './publisher.ts'

describe('a publisher', () => {
  it('sends what is published during a send together, in order', async () => {
    const sends = scriptedSends()
    const publish = createPublisher(sends.send)
    const published = [publish(refs(0, 1)), publish(refs(1, 2))]
    await sends.started(1)
    published.push(publish(refs(2, 3)), publish(refs(3, 5)))
    sends.finish()
    await sends.started(2)
    sends.finish()
    await Promise.all(published)
    expect(sends.numbers()).toEqual([
      [0, 1],
      [2, 3, 4],
    ])
  })

  it('rejects for all whose references were in a failed send, and goes on with the next', async () => {
    const sends = scriptedSends()
    const publish = createPublisher(sends.send)
    const failed = [publish(refs(0, 1)), publish(refs(1, 2))].map((one) => one.catch(String))
    await sends.started(1)
    const later = publish(refs(2, 3))
    sends.finish(new Error('no broker'))
    expect(await Promise.all(failed)).toEqual(['Error: no broker', 'Error: no broker'])
    await sends.started(2)
    sends.finish()
    await expect(later).resolves.toBeUndefined()
  })
})

function scriptedSends() {
  const sent: (readonly { entryId: string }[])[] = []
  const finishes: ((error?: Error) => void)[] = []
  return {
    send: (batch: readonly { entryId: string }[]) =>
      new Promise<void>((resolve, reject) => {
        sent.push(batch)
        finishes.push((error) => (error ? reject(error) : resolve()))
      }),
    started: (count: number) => expect.poll(() => sent.length).toBe(count),
    finish: (error?: Error) => finishes.at(-1)?.(error),
    numbers: () => sent.map((batch) => batch.map(({ entryId }) => numberOf(entryId))),
  }
}
