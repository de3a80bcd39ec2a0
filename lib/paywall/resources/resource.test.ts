import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberedSlug, refuseDraft, refuseSlug, serviceName, slugOf } from './resource.ts'

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

describe('a draft', () => {
  const draft = { title: 'Tides', lead: 'Lead', markdown: 'Text', cutBlock: 0 }

  test('of ordinary text is kept, also without a title', () => {
    expect(refuseDraft(draft)).toEqual({})
    expect(refuseDraft({ ...draft, title: '' })).toEqual({})
  })

  test('with several faults tells each beside its field', () => {
    const fields = refuseDraft({ title: 'a\u0007', lead: 'x'.repeat(401), markdown: '\0', cutBlock: 1.5, slug: ' ' })
    expect(Object.keys(fields).toSorted()).toEqual(['cutBlock', 'lead', 'markdown', 'slug', 'title'])
  })
})
