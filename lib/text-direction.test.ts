import { expect, test } from 'vitest'
import { directionOf } from './text-direction.ts'

test.each(['ar', 'he', 'fa', 'ur', 'yi', 'ckb', 'ar-EG', 'az-Arab'])('%s is written from right to left', (language) => {
  expect(directionOf(language)).toBe('rtl')
})

test.each(['en', 'de', 'ja', 'ru', 'az', 'zh-Hant', '', 'not a language'])('%s is not', (language) => {
  expect(directionOf(language)).toBe('ltr')
})
