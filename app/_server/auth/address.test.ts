/** Guarantees of the address grammar: one account has one spelling, and no two accounts look alike. */
import { describe, expect, it } from 'vitest'
import { parseAddress } from './address.ts'

describe('e-mail address', () => {
  it('has one spelling, whatever case and space it is typed in', () => {
    expect(parseAddress('  Harbor@Example.TEST ')).toBe('harbor@example.test')
    expect(parseAddress('a.b+c_d-e@mail.example.org')).toBe('a.b+c_d-e@mail.example.org')
  })

  it.each(["o'brien@example.test", 'a&b@example.test', 'x=y@example.test', "!#$%&'*+-/=?^_`{|}~@example.test"])(
    'has every sign of a dot-atom (RFC 5321): %s',
    (address) => expect(parseAddress(address)).toBe(address),
  )

  it.each([
    [
      '',
      'a@',
      '@b.test',
      'a@b',
      'a@b.c',
      'a@b@c.test',
      'a b@c.test',
      'a@b..test',
      '.a@b.test',
      'a.@b.test',
      'a..b@c.test',
    ],
    [
      'a@-b.test',
      'a@b-.test',
      '"a"@b.test',
      'a,b@c.test',
      'a@b.test, c@d.test',
      'a@b.test\nbcc:c@d.test',
      'a@[127.0.0.1]',
    ],
    [
      'harbør@example.test',
      'harbor@exаmple.test',
      'harbor@example.test\u200b',
      `${'a'.repeat(65)}@b.test`,
      `a@${'b'.repeat(260)}.test`,
      `a@${'b.'.repeat(125)}test`,
      'a@b.test@c.test',
    ],
  ])('refuses what could be read in two ways: %j', (...texts) => {
    for (const text of texts) expect([text, parseAddress(text)]).toEqual([text, null])
  })
})
