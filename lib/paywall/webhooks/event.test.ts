import { expect, test } from 'vitest'
import { isKnownEvent } from './event.ts'

const payload = { challengeId: 'chl_1', resourceId: 'res_1', receivedMsat: '210000', channel: 'http' }

test('an event of the catalogue is known, also with members of a later version', () => {
  expect(isKnownEvent({ type: 'sale.settled', payload })).toBe(true)
  expect(isKnownEvent({ type: 'sale.settled', payload: { ...payload, tip: '1' } })).toBe(true)
  expect(isKnownEvent({ type: 'resource.published', payload: { resourceId: 'res_1', slug: 'tides' } })).toBe(true)
})

test('another type, or a payload of another shape, is not', () => {
  expect(isKnownEvent({ type: 'sale.imagined', payload })).toBe(false)
  expect(isKnownEvent({ type: 'toString', payload })).toBe(false)
  expect(isKnownEvent({ type: 'sale.settled', payload: { ...payload, receivedMsat: 210_000 } })).toBe(false)
  expect(isKnownEvent({ type: 'resource.published', payload })).toBe(false)
})
