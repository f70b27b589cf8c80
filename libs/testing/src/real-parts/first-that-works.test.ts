import { describe, expect, it } from 'vitest'
import { firstThatWorks } from './first-that-works.ts'

const fails = (why: string) => async (): Promise<string> => {
  throw new Error(why)
}

const sources = { url: fails('not set'), docker: async () => 'container', local: async () => 'server' }

describe('the first source that works', () => {
  it('is taken', async () => {
    expect(await firstThatWorks('Thing', sources)).toBe('container')
  })

  it('is not asked for when another is forced', async () => {
    expect(await firstThatWorks('Thing', sources, 'local')).toBe('server')
    await expect(firstThatWorks('Thing', sources, 'url')).rejects.toThrow('No Thing for the tests. url: not set')
    await expect(firstThatWorks('Thing', sources, 'moon')).rejects.toThrow('url, docker, local; not from "moon"')
  })

  it('may not exist, for reasons that are all given', async () => {
    const none = { url: fails('not set'), docker: fails('no daemon') }
    await expect(firstThatWorks('Thing', none)).rejects.toThrow('url: not set | docker: no daemon')
  })
})
