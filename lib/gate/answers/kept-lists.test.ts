/** Lists are made when something changed, and by nobody so often that others wait. */
import { expect, test } from 'vitest'
import type { Content } from '#lib/gate/target.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { createKeptLists } from './kept-lists.ts'

const creator = (changeNumber: number, creatorId = 'a') =>
  ({ creatorId, changeNumber: BigInt(changeNumber) }) as unknown as CreatorSnapshot

function listOf(text: string): Content {
  return { etag: null, length: text.length, fields: [], body: new TextEncoder().encode(text), packing: 'quick' }
}

/** Asks for the list of a creator, and counts how often it was made. */
function open() {
  let nowMs = 0
  let made = 0
  const lists = createKeptLists({ nowMs: () => nowMs })
  return {
    made: () => made,
    wait: (ms: number) => {
      nowMs += ms
    },
    ask(of: CreatorSnapshot, key = 'front'): string {
      const content = lists.get(of, key, () => {
        made += 1
        return listOf(`${of.creatorId}${of.changeNumber} ${key}`)
      })
      return new TextDecoder().decode(content.body as Uint8Array)
    },
  }
}

test('a list is made once while its creator does not change, and anew at once when it did', () => {
  const lists = open()
  expect([lists.ask(creator(1)), lists.ask(creator(1)), lists.ask(creator(2))]).toEqual([
    'a1 front',
    'a1 front',
    'a2 front',
  ])
  expect(lists.made()).toBe(2)
})

test('a creator that changes each second has its list made every five seconds, and no other creator waits for that', () => {
  const lists = open()
  for (let second = 0; second < 1_000; second += 1) {
    lists.ask(creator(second))
    lists.wait(1_000)
  }
  expect(lists.made()).toBeLessThanOrEqual(1 + 10 + 200)
  expect([lists.ask(creator(1, 'b')), lists.ask(creator(2, 'b'))]).toEqual(['b1 front', 'b2 front'])
})

test('what such a creator changed last is shown after five seconds at the latest', () => {
  const lists = open()
  for (let change = 0; change < 100; change += 1) lists.ask(creator(change))
  expect(lists.ask(creator(100))).not.toBe('a100 front')
  lists.wait(5_001)
  expect(lists.ask(creator(100))).toBe('a100 front')
})
