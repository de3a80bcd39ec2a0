import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberedSlug, refuseSlug, serviceName, slugOf, stateOf } from './resource.ts'

const SERVICE = /^[a-z0-9][a-z0-9-]{0,39}$/

describe('a slug', () => {
  test.each([
    ['Tides', 'tides'],
    ['Eleven metres of sand', 'eleven-metres-of-sand'],
    ['Höhe über Null', 'hohe-uber-null'],
    ['Straße & Ærø: Łódź?', 'strasse-aero-lodz'],
    ['It’s 5 o’clock', 'its-5-oclock'],
    ['潮汐', 'untitled'],
    ['', 'untitled'],
    ['---', 'untitled'],
  ])('of the title "%s" is %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug)
  })

  test('made from any title, numbered or not, is one that a person could have chosen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 9999 }), (title, n) => {
        expect(refuseSlug(slugOf(title))).toBeNull()
        expect(refuseSlug(numberedSlug(slugOf(title), n))).toBeNull()
      }),
    )
  })

  test.each([
    '',
    'A',
    'a b',
    'a/b',
    '../a',
    '_l402',
    '.well-known',
    'llms.txt',
    'a%2e',
    '-a',
    'a-',
    'é',
    'a\0',
    'x'.repeat(81),
  ])('"%s" is refused', (text) => {
    expect(refuseSlug(text)).toEqual(expect.any(String))
  })
})

describe('a service name', () => {
  test('begins with the short id, fits the grammar of tokens, and differs for every number', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{3,8}$/),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 2, max: 9999 }),
        (shortId, title, n) => {
          const [first, other] = [serviceName(shortId, slugOf(title), 1), serviceName(shortId, slugOf(title), n)]
          expect(first).toMatch(SERVICE)
          expect(other).toMatch(SERVICE)
          expect(first.startsWith(`${shortId}-`) && other.startsWith(`${shortId}-`)).toBe(true)
          expect(other).not.toBe(first)
        },
      ),
    )
  })
})

test('a resource is a draft until it is published, then live or paused', () => {
  const at = new Date(0)
  expect(stateOf({ publishedAt: null, pausedAt: null })).toBe('draft')
  expect(stateOf({ publishedAt: null, pausedAt: at })).toBe('draft')
  expect(stateOf({ publishedAt: at, pausedAt: null })).toBe('live')
  expect(stateOf({ publishedAt: at, pausedAt: at })).toBe('paused')
})
