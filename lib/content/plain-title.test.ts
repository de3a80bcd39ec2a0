/** Titles as plain text: marks go, words stay. */
import { expect, test } from 'vitest'
import { plainTitle } from './plain-title.ts'

test.each([
  ['*Tides* &amp; [storms](https://a.example)', 'Tides & storms'],
  ['# Tides', '# Tides'],
  ['Salt & <Wind> "so"', 'Salt & <Wind> "so"'],
  ['a <b>bold</b> <!-- quiet --> word', 'a bold word'],
  ['<span>in</span> <div>a box</div>', 'in a box'],
  ['Map<Key, Value> in *practice*', 'Map<Key, Value> in practice'],
  ['1 < 2 > 0', '1 < 2 > 0'],
  ['~about~ ten', '~about~ ten'],
])('%s is %s', (written, shown) => {
  expect(plainTitle(written)).toBe(shown)
})
