import { expect, test } from 'vitest'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'
import { watchHealth } from './health.ts'

test('a part is down while its check throws, and told once when it goes and when it comes back', async () => {
  let isUp = true
  const { log, lines } = createMemoryLog()
  const check = async () => {
    if (!isUp) throw new TypeError('away')
  }
  const health = watchHealth({ log, checks: { node: check, database: async () => undefined }, everyMs: 5 })
  expect(health.down()).toEqual([])
  isUp = false
  await until('it is missed', () => health.down().includes('node'))
  expect(health.down()).toEqual(['node'])
  isUp = true
  await until('it is back', () => health.down().length === 0)
  health.close()
  expect(lines.map(({ level, fields }) => [level, fields.reason])).toEqual([
    ['warn', 'node'],
    ['info', 'node'],
  ])
})

test('a part that says nothing is down, and asked by one look at a time', async () => {
  let asked = 0
  const silent = () => {
    asked += 1
    return new Promise<void>(() => undefined)
  }
  const health = watchHealth({ log: silentLog, checks: { workers: silent }, everyMs: 2, silentMs: 10 })
  await until('it is missed', () => health.down().includes('workers'))
  expect(asked).toBe(1)
  health.close()
})
