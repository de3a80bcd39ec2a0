import fc from 'fast-check'
import { expect, test } from 'vitest'
import { picturePath, pictureTypeOf } from './picture.ts'

const begin = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((char) => char.charCodeAt(0)) : part)),
  )

test.each([
  ['image/png', begin([0x89], 'PNG\r\n', [0x1a], '\n')],
  ['image/jpeg', begin([0xff, 0xd8, 0xff, 0xe0])],
  ['image/gif', begin('GIF89a')],
  ['image/webp', begin('RIFF', [1, 2, 3, 4], 'WEBP')],
])('%s is known by its first bytes', (type, bytes) => {
  expect(pictureTypeOf(bytes)).toBe(type)
})

test.each([
  ['SVG', begin('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['HTML', begin('<!doctype html><script>')],
  ['a sound in the same envelope as WebP', begin('RIFF', [1, 2, 3, 4], 'WAVE')],
  ['half a PNG mark', begin([0x89], 'PN')],
])('%s is no picture', (_, bytes) => {
  expect(pictureTypeOf(bytes)).toBeNull()
})

test('random bytes are no picture', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => pictureTypeOf(bytes) === null || bytes.length >= 3),
  )
})

test('a picture is served under its article, with the extension of its type', () => {
  expect(picturePath('tides', 'ab', 'image/jpeg')).toBe('/tides/ab.jpg')
})
