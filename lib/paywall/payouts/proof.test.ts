import { expect, test } from 'vitest'
import { payoutContext, plainRecoveryCode, readProof, stepOfCode, writeProof } from './proof.ts'

/** RFC 6238, appendix B: the last six digits of its SHA-1 codes. */
const SECRET = new TextEncoder().encode('12345678901234567890')

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('at %i the code is %s, as RFC 6238 says', (seconds, code) => {
  const step = BigInt(Math.floor(seconds / 30))
  expect(stepOfCode(SECRET, code, new Date(seconds * 1000))).toBe(step)
  expect(stepOfCode(SECRET, `${code.slice(0, 3)} ${code.slice(3)}`, new Date(seconds * 1000))).toBe(step)
})

test('the step before and after is taken, and no other', () => {
  const at = (steps: number) => stepOfCode(SECRET, '005924', new Date((1_234_567_890 + steps * 30) * 1000))
  expect([at(-2), at(-1), at(1), at(2)]).toEqual([null, 41_152_263n, 41_152_263n, null])
})

test.each(['', '28708', '2870822', 'abcdef', '28708a'])('%j is no code', (code) => {
  expect(stepOfCode(SECRET, code, new Date(59_000))).toBeNull()
})

test('a proof is read as it was written, and nothing else is read', () => {
  expect(readProof(writeProof({ code: '123456' }))).toEqual({ code: '123456' })
  for (const text of ['', '{}', '{"code":1}', '{"code":"1","more":1}'])
    expect(readProof(new TextEncoder().encode(text))).toBeNull()
})

test('what a proof is bound to differs when any part of it does', () => {
  const about = { creatorId: 'cre_a', id: 'pay_a', destination: 'lnbc1', amountMsat: 1n }
  const others = [{ creatorId: 'cre_b' }, { id: 'pay_b' }, { destination: 'lnbc2' }, { amountMsat: 2n }]
  const texts = [about, ...others.map((other) => ({ ...about, ...other }))].map((one) =>
    Buffer.from(payoutContext(one)).toString(),
  )
  expect(new Set(texts).size).toBe(5)
})

test('a recovery code is read with hyphens, spaces and capitals', () => {
  expect(plainRecoveryCode('ABCD-efgh ijkl-2345')).toBe('abcdefghijkl2345')
  for (const text of ['', '123456', 'abcdefghijkl234', 'abcdefghijkl2341']) expect(plainRecoveryCode(text)).toBeNull()
})
