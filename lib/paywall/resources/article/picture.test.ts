import { expect, test } from 'vitest'
import { picturePath, placesOf } from './picture.ts'

test('a picture is served under its article, with the extension of its type', () => {
  expect(picturePath('tides', 'ab', 'image/jpeg')).toBe('/tides/ab.jpg')
})

test('a page learns of a picture where it is, how large, and where its smaller copies are', () => {
  const stored = { digest: 'ab', mediaType: 'image/jpeg', byteLength: 9, width: 1_500, height: 1_000 }
  const smaller = [{ ...stored, digest: 'cd', width: 680, height: 453 }]
  expect(placesOf('tides', [{ ...stored, smaller }]).get('ab')).toEqual({
    path: '/tides/ab.jpg',
    width: 1_500,
    height: 1_000,
    smaller: [{ path: '/tides/cd.jpg', width: 680 }],
  })
})

test('a picture of before it was measured has no size, and is shown', () => {
  const old = { digest: 'ab', mediaType: 'image/png', byteLength: 9, width: null, height: null, smaller: [] }
  expect(placesOf('tides', [old]).get('ab')).toEqual({ path: '/tides/ab.png', smaller: [] })
})
