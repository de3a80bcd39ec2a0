import { describe, expect, test } from 'vitest'
import { isArgumentForm, isArgumentText } from './action-body.ts'

const formOf = (fields: Record<string, string>) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}

describe('what is posted to an action as text', () => {
  test.each(['[]', '["res_1",{"revision":1,"slug":null,"title":"$$5 a day"}]', '["$undefined"]', '[1,2]'])(
    '%s can be read',
    (text) => expect(isArgumentText(text)).toBe(true),
  )

  test.each([
    '',
    '{',
    'null',
    '{}',
    '"text"',
    '["$1"]',
    '[{"title":"$Q1"}]',
    '["$K1"]',
    `[${'0,'.repeat(8)}0]`,
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ])('%s cannot', (text) => expect(isArgumentText(text)).toBe(false))
})

describe('what is posted to an action as a form', () => {
  test('a call whose arguments are a form can be read; one without a list of arguments cannot', () => {
    expect(isArgumentForm(formOf({ '0': '[null,"$K1"]', '1_email': '$1' }), true)).toBe(true)
    for (const list of ['{', 'null', '["$2"]', '["$h1"]'])
      expect(isArgumentForm(formOf({ '0': list }), true)).toBe(false)
    expect(isArgumentForm(formOf({ email: 'a@b.test' }), true)).toBe(false)
  })

  test('a form of a page without script can be read; one whose hidden fields are no JSON cannot', () => {
    const action = { $ACTION_REF_1: '', '$ACTION_1:0': '{"id":"40","bound":"$@1"}', '$ACTION_1:1': '[{"email":""}]' }
    expect(isArgumentForm(formOf({ ...action, email: '{' }), false)).toBe(true)
    expect(isArgumentForm(formOf({ ...action, '$ACTION_1:1': '{' }), false)).toBe(false)
  })
})
