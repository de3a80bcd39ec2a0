/** A meter says everything that measuring needs, within bounds, or it is none. */
import { expect, test } from 'vitest'
import { parseMeter } from './parse-meter.ts'

const asked = { pointer: '/max_tokens', weightMilli: 1_000, ceiling: 500 }
const METER = {
  unit: 'token',
  told: { from: 'json', values: [{ pointer: '/usage/a~1b', weightMilli: 250 }] },
  estimate: { units: 10, asked },
}

test('a whole one is read as it stands', () => {
  expect(parseMeter(METER)).toEqual(METER)
  const plain = { unit: 'call', told: { from: 'header' }, estimate: { units: 1, asked: null } }
  expect(parseMeter(plain)).toEqual(plain)
})

const told = (values: unknown) => ({ ...METER, told: { from: 'json', values } })
const estimate = (more: object) => ({ ...METER, estimate: { ...METER.estimate, ...more } })
test.each([
  ['nothing', null],
  ['an unknown member', { ...METER, more: 1 }],
  ['a unit that no caveat can name', { ...METER, unit: 'Token' }],
  ['somebody else who tells', { ...METER, told: { from: 'client' } }],
  ['no value', told([])],
  ['nine values', told(Array.from({ length: 9 }, () => ({ pointer: '/a', weightMilli: 1 })))],
  ['a pointer without a slash', told([{ pointer: 'usage', weightMilli: 1 }])],
  ['a pointer to everything', told([{ pointer: '', weightMilli: 1 }])],
  ['a weight of nothing', told([{ pointer: '/a', weightMilli: 0 }])],
  ['a weight in parts of a thousandth', told([{ pointer: '/a', weightMilli: 0.5 }])],
  ['an estimate of nothing', estimate({ units: 0, asked: null })],
  ['a negative estimate', estimate({ units: -1 })],
  ['no ceiling', estimate({ asked: { pointer: '/a', weightMilli: 1 } })],
])('%s is none', (_name, value) => {
  expect(parseMeter(value)).toBeNull()
})
