import { expect, test } from 'vitest'
import { suggestSlug } from './suggest-slug.ts'

test.each([
  ['Tides', 'tides'],
  ['Höhe über Null', 'hohe-uber-null'],
  ['Прилив и отлив', 'priliv-i-otliv'],
  ['港の時計', /^[a-z-]+$/],
  ['港口的钟', /^[a-z-]+$/],
  ['שעון הנמל', /^[a-z-]+$/],
  ['المد والجزر', /^[a-z-]+$/],
  ['Η παλίρροια', /^[a-z-]+$/],
  ['Прилив in Kiel', 'priliv-in-kiel'],
])('the title %s has an address in Latin letters', (title, slug) => {
  const suggested = suggestSlug(title)
  expect(suggested).toMatch(slug)
  expect(suggested).not.toBe('untitled')
})

test('a title of no letters at all is untitled', () => {
  for (const title of ['', '…', '🌊']) expect(suggestSlug(title)).toBe('untitled')
})
