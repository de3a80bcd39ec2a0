import { describe, expect, test } from 'vitest'
import { isReadableCall, isReadableForm } from './action-call.ts'

describe('a call of an action as text', () => {
  test.each(['[]', '["res_1",{"revision":1,"slug":null,"title":"$$5 a day"}]', '["$undefined"]', '[1,2]'])(
    '%s is taken',
    (text) => expect(isReadableCall(text)).toBe(true),
  )

  test.each(['', '{', 'null', '{}', '"text"', '["$1"]', '[{"title":"$Q1"}]', `[${'0,'.repeat(300)}0]`])(
    '%s is refused',
    (text) => expect(isReadableCall(text)).toBe(false),
  )

  test('in lists within lists, or as a list of millions, is refused and keeps nobody busy', () => {
    for (const depth of [5_000, 500_000]) {
      expect(isReadableCall(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toBe(false)
      expect(isReadableCall(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).toBe(false)
    }
    const begun = performance.now()
    expect(isReadableCall(`[${'0,'.repeat(1_000_000)}0]`)).toBe(false)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})

describe('a call of an action as a form', () => {
  const TYPE = 'multipart/form-data; boundary=X'
  const formOf = (fields: Record<string, string>) =>
    new TextEncoder().encode(
      `${Object.entries(fields)
        .map(([name, value]) => `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join('')}--X--\r\n`,
    )

  test('whose arguments are that form is taken; one without a list of arguments is refused', async () => {
    expect(await isReadableForm(formOf({ '0': '[null,"$K1"]', '1_email': '$1' }), TYPE)).toBe(true)
    for (const list of ['{', 'null', '["$2"]', '["$h1"]'])
      expect(await isReadableForm(formOf({ '0': list }), TYPE)).toBe(false)
    expect(await isReadableForm(formOf({ email: 'a@b.test' }), TYPE)).toBe(false)
    expect(await isReadableForm(formOf({ '0': '[]' }), 'multipart/form-data')).toBe(false)
    expect(await isReadableForm(new TextEncoder().encode('no form'), TYPE)).toBe(false)
  })

  test('of a hundred thousand parts is refused before it is parsed', async () => {
    const parts = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`${n}`, '[]']))
    const begun = performance.now()
    expect(await isReadableForm(formOf(parts), TYPE)).toBe(false)
    expect(performance.now() - begun).toBeLessThan(500)
  })
})
