import { expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { formatMemo } from '#lib/paywall/challenges/request-invoice.ts'
import { nameSeller, readMemo, type Seller, type ShownToken } from './stray.ts'

test.each(['Tides', 'Tides: what the harbor keeps', '', '海'.repeat(80), ': : '])(
  'the memo of "%s" names its service again',
  (title) => {
    for (const service of ['k3h-tides', `k3h-${'a'.repeat(36)}`])
      expect(readMemo(formatMemo({ service, title }))).toBe(service)
  },
)

test.each([
  '',
  'coffee',
  'k3h-tides: Tides',
  'satstile',
  'satstile ',
  'satstile k3h-tides',
  'satstile K3H: x',
  ' satstile a: b',
])('"%s" names none', (memo) => {
  expect(readMemo(memo)).toBeNull()
})

const harbor: Seller = { creatorId: 'cre_1', handle: 'harbor', resourceId: 'res_1' }
const shownBy = (creatorId: string): ShownToken => ({
  tokenId: asTokenId(randomBytes(32)),
  creatorId,
  handle: creatorId,
})

test('a seller is named by the memo, or by the token that was shown, and by neither when they contradict', () => {
  expect(nameSeller(harbor, [])).toEqual(harbor)
  expect(nameSeller(harbor, [shownBy('cre_1')])).toEqual(harbor)
  expect(nameSeller(null, [shownBy('cre_2')])).toMatchObject({ creatorId: 'cre_2', resourceId: null })
  expect(nameSeller(null, [])).toBe('unknown')
  expect(nameSeller(harbor, [shownBy('cre_1'), shownBy('cre_2')])).toBe('contradicted')
  expect(nameSeller(null, [shownBy('cre_2'), shownBy('cre_1')])).toBe('contradicted')
})
