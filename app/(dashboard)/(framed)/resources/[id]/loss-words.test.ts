import { describe, expect, test } from 'vitest'
import { isConfirmed, lossSentences, numberToType } from './loss-words.ts'

const LOSS = { isPublished: true, revision: 4, buyers: 1212, openInvoices: 0, pictures: 3, versions: 2, words: 1960 }

describe('what is lost is said in numbers', () => {
  test('of an article that was bought: the people first', () => {
    const [first, ...more] = lossSentences(LOSS)
    expect(first).toBe('1,212 people bought this. They lose it for good.')
    expect(more[0]).toBe(
      'Its text goes for good, with 2 versions and 3 pictures. Sales, prices and money stay in your books.',
    )
    expect(lossSentences({ ...LOSS, buyers: 1 })[0]).toBe('1 person bought this. They lose it for good.')
    expect(lossSentences({ ...LOSS, buyers: 0 })[0]).toBe('Nobody has bought this yet.')
  })

  test('invoices that can still be paid are said, and only then', () => {
    expect(lossSentences({ ...LOSS, openInvoices: 2 })[1]).toMatch(/^2 invoices can still be paid/)
    expect(lossSentences(LOSS).join(' ')).not.toContain('invoice')
  })

  test('of a draft: what was written, and that nobody else saw it', () => {
    const draft = { ...LOSS, isPublished: false, buyers: 0, versions: 0 }
    expect(lossSentences(draft)).toEqual(['Lost for good: 1,960 words and 3 pictures. Nobody but you has seen them.'])
    expect(lossSentences({ ...draft, words: 0, pictures: 0 })[0]).toContain('Nothing is written in it')
  })
})

describe('the number to type', () => {
  test('is that of the people, else of the words; where nothing is lost there is none', () => {
    expect(numberToType(LOSS)).toBe(1212)
    expect(numberToType({ buyers: 0, words: 1960 })).toBe(1960)
    expect(numberToType({ buyers: 0, words: 0 })).toBeNull()
  })

  test.each(['1212', '1,212', ' 1 212 ', '1.212'])('%s confirms 1,212', (typed) => {
    expect(isConfirmed(typed, LOSS)).toBe(true)
  })

  test.each(['', '121', '12120', '1960', 'delete'])('"%s" does not', (typed) => {
    expect(isConfirmed(typed, LOSS)).toBe(false)
  })
})

describe('of a file', () => {
  test('the people come first, then what goes', () => {
    const file = { isPublished: true, fileVersions: 2, buyers: 1, openInvoices: 0 } as const
    expect(lossSentences(file)).toEqual([
      '1 person bought this. They lose it for good.',
      expect.stringMatching(/^All 2 versions go for good/),
      expect.stringContaining('Its address says from then on that you deleted it'),
    ])
    expect(numberToType(file)).toBe(1)
    expect(lossSentences({ ...file, buyers: 0, fileVersions: 1 })[1]).toMatch(/^The file goes for good/)
  })
})

describe('of an API', () => {
  const API = { isPublished: true, routes: 3, buyers: 12, openInvoices: 1 }

  test('the people come first, then open invoices, then what goes', () => {
    expect(lossSentences(API)).toEqual([
      '12 people bought this. They lose it for good.',
      expect.stringMatching(/^1 invoice can still be paid/),
      expect.stringContaining('with 3 rules'),
      expect.stringContaining('Its address says from then on that you deleted it'),
    ])
    expect(numberToType(API)).toBe(12)
    expect(isConfirmed('12', API)).toBe(true)
    expect(isConfirmed('', API)).toBe(false)
  })

  test('that was never on sale nobody loses anything, and nothing is typed', () => {
    const draft = { isPublished: false, routes: 0, buyers: 0, openInvoices: 0 }
    expect(lossSentences(draft)).toEqual([expect.stringMatching(/^Lost for good: where its server is/)])
    expect(numberToType(draft)).toBeNull()
  })
})

test('of a page people hear that it goes from their site too, and how many lose it', () => {
  const page = { isPublished: true, pageRevision: 3, openInvoices: 0 } as const
  expect(lossSentences({ ...page, buyers: 0 })[0]).toBe('Nobody has bought this yet.')
  expect(lossSentences({ ...page, buyers: 2 }).slice(0, 2)).toEqual([
    '2 people bought this. They lose it for good.',
    'Its text goes for good, on your site too. Sales, prices and money stay in your books.',
  ])
})
