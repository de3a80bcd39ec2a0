import { expect, test } from 'vitest'
import { createCatalogLoader, type Loaded } from './catalog-loader.ts'

/** Batches as they were asked for, each answered when the test says so. */
function batches() {
  const asked: { hosts: readonly string[]; end: (failed?: readonly string[]) => Promise<void> }[] = []
  const loader = createCatalogLoader<string>((hosts) => {
    const { promise, resolve } = Promise.withResolvers<Loaded<string>>()
    const outcome = (host: string, failed: readonly string[]) =>
      failed.includes(host)
        ? ({ status: 'rejected', reason: new RangeError('broken') } as const)
        : ({ status: 'fulfilled', value: host } as const)
    asked.push({
      hosts,
      end: async (failed = []) => {
        resolve(new Map(hosts.map((host) => [host, outcome(host, failed)])))
        await new Promise(setImmediate)
      },
    })
    return promise
  })
  return { loader, asked }
}

test('who asks while two batches are under way goes into the next one, all together', async () => {
  const { loader, asked } = batches()
  const loads = ['a', 'b', 'c', 'd', 'd'].map((host) => loader.load(host))
  expect(asked.map(({ hosts }) => hosts)).toEqual([['a'], ['b']])
  await asked[0]?.end()
  expect(asked[2]?.hosts).toEqual(['c', 'd'])
  await asked[1]?.end()
  await asked[2]?.end()
  expect(await Promise.all(loads)).toEqual(['a', 'b', 'c', 'd', 'd'])
})

test('a host is never read twice at once, and is read again for who asked later', async () => {
  const { loader, asked } = batches()
  const first = loader.load('a')
  const second = loader.load('a')
  expect(asked).toHaveLength(1)
  await asked[0]?.end()
  expect(asked[1]?.hosts).toEqual(['a'])
  await asked[1]?.end()
  expect(await Promise.all([first, second])).toEqual(['a', 'a'])
})

test('who waits comes before what is renewed, and what failed is renewed with a later batch, not by itself', async () => {
  const { loader, asked } = batches()
  loader.renew(['x'])
  loader.renew(['y'])
  loader.renew(['z'])
  const load = loader.load('a')
  await asked[0]?.end(['x'])
  expect(asked.map(({ hosts }) => hosts)).toEqual([['x'], ['y'], ['a']])
  expect(loader.renewingSince()).not.toBeNull()
  await asked[2]?.end()
  expect(await load).toBe('a')
  expect(asked[3]?.hosts).toEqual(['z', 'x'])
  await asked[3]?.end(['x'])
  await asked[1]?.end()
  const before = asked.length
  loader.renew([])
  expect(asked.slice(before - 1).flatMap(({ hosts }) => hosts)).toContain('x')
})

test('one that fails fails for who asked for it, and for nobody else', async () => {
  const { loader, asked } = batches()
  const loads = Promise.allSettled(['a', 'b', 'c', 'd'].map((host) => loader.load(host)))
  await asked[0]?.end()
  await asked[1]?.end()
  await asked[2]?.end(['c'])
  expect((await loads).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('more strangers than may wait are refused at once', async () => {
  const { loader, asked } = batches()
  const loads = Array.from({ length: 5_002 }, (_, index) => loader.load(`s${index}`))
  await expect(loader.load('one too many')).rejects.toMatchObject({ code: 'database.unavailable' })
  for (let n = 0; n < asked.length; n += 1) await asked[n]?.end()
  expect((await Promise.all(loads)).length).toBe(5_002)
})
