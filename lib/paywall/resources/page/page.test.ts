/** Sites are taken in the spelling that browsers send, and nothing else is. */
import { describe, expect, test } from 'vitest'
import { parseOrigins, refusePage } from './page.ts'

describe('the sites that may show a page', () => {
  test.each([
    ['', []],
    ['https://Notes.Example', ['https://notes.example']],
    ['https://notes.example/ , https://notes.example:8443', ['https://notes.example', 'https://notes.example:8443']],
    ['https://a.example\nhttps://a.example:443', ['https://a.example']],
    ['http://localhost:4000', ['http://localhost:4000']],
  ])('%j is understood', (text, origins) => {
    expect(parseOrigins(text)).toEqual({ kind: 'origins', origins })
  })

  test.each([
    'notes.example',
    'http://notes.example',
    'https://notes.example/path',
    'https://a:b@notes.example',
    'https://notes.example?x',
    'null',
    '*',
    'javascript:alert(1)',
  ])('%j is refused', (text) => {
    expect(parseOrigins(text)).toMatchObject({ kind: 'invalid' })
  })

  test('twenty are taken, and one more is not', () => {
    const sites = (count: number) => Array.from({ length: count }, (_, n) => `https://s${n}.example`).join(' ')
    expect(parseOrigins(sites(20))).toMatchObject({ kind: 'origins' })
    expect(parseOrigins(sites(21))).toEqual({ kind: 'invalid', message: 'Use at most 20 sites.' })
  })
})

test('a page has a title', () => {
  expect(refusePage({ title: 'Tides', lead: '' })).toEqual({})
  expect(refusePage({ title: ' ', lead: '' })).toEqual({ title: 'Give the page a title.' })
})
