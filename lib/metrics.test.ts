import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`))

test('a tally tells what was added, by its labels and its process', async () => {
  const metrics = createMetrics('gateway')
  const tally = metrics.tally({ name: 'seen_total', help: 'Seen', labels: ['kind'] })
  const cell = tally.cell('a')
  cell.count += 2
  tally.cell('a').count += 1
  tally.cell('b').count += 5
  expect(linesOf((await metrics.render()).text, 'seen_total')).toEqual([
    'seen_total{kind="a",process="gateway"} 3',
    'seen_total{kind="b",process="gateway"} 5',
  ])
  expect(linesOf((await metrics.render()).text, 'seen_total')).toHaveLength(2)
})

test('whatever labels come, a figure has a bounded number of lines and loses no count', async () => {
  const metrics = createMetrics('gateway')
  const tally = metrics.tally({ name: 'seen_total', help: 'Seen', labels: ['kind', 'why'] })
  for (let n = 0; n < 1_000; n++) tally.cell(`kind ${n}`, 'x').count += 1
  const lines = linesOf((await metrics.render()).text, 'seen_total')
  expect(lines.length).toBeLessThanOrEqual(401)
  expect(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(1_000)
})

test('a reading that fails is left out, and the others stand', async () => {
  const metrics = createMetrics('workers')
  metrics.gauge({ name: 'waiting', help: 'Waiting', labels: ['for'] }, () => Promise.reject(new TypeError('away')))
  metrics.gauge({ name: 'age', help: 'Age' }, () => [[[], 7]])
  const { text } = await metrics.render()
  expect(linesOf(text, 'waiting')).toEqual([])
  expect(linesOf(text, 'age')).toEqual(['age{process="workers"} 7'])
})
