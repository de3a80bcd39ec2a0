import { expect, test } from 'vitest'
import { IN_FLIGHT, statesBefore, WITH_THE_NODE } from './payout.ts'

test('what the node was told of is ended by its word alone, and never called off', () => {
  expect(statesBefore('succeeded')).toEqual([...WITH_THE_NODE])
  expect(statesBefore('canceled').filter((state) => state === 'dispatched' || state === 'unknown')).toEqual([])
  expect(statesBefore('dispatched')).toEqual(['fixed'])
})

test('nothing comes back from its end', () => {
  for (const to of [
    'requested',
    'reserved',
    'fixed',
    'dispatched',
    'unknown',
    'succeeded',
    'failed',
    'canceled',
  ] as const)
    expect(statesBefore(to).filter((from) => ['succeeded', 'failed', 'canceled'].includes(from))).toEqual([])
  expect(IN_FLIGHT).toEqual(['reserved', 'fixed', 'dispatched', 'unknown'])
})
