import { expect, test } from 'vitest'
import { createDenyList } from './deny-list.ts'

const token = new Uint8Array(32).fill(1)
const other = new Uint8Array(32).fill(2)
const key = new Uint8Array([1, 1, 1, 1])

test('an empty list denies nothing', () => {
  const list = createDenyList([])
  expect([list.hasToken(token), list.hasService(token, 's'), list.hasKey(key)]).toEqual([false, false, false])
})

test('a denied token denies that token and no other, no service and no key', () => {
  const list = createDenyList([{ kind: 'token', subject: token, service: '' }])
  expect([list.hasToken(token), list.hasToken(other), list.hasService(token, 's'), list.hasKey(key)]).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test('a denied service denies that service of that token only', () => {
  const list = createDenyList([{ kind: 'service', subject: token, service: 's' }])
  expect([
    list.hasService(token, 's'),
    list.hasService(token, 't'),
    list.hasService(other, 's'),
    list.hasToken(token),
  ]).toEqual([true, false, false, false])
})

test('a denied key denies that key only', () => {
  const list = createDenyList([{ kind: 'key', subject: key, service: '' }])
  expect([list.hasKey(key), list.hasKey(new Uint8Array([1, 1, 1, 2])), list.hasToken(token)]).toEqual([
    true,
    false,
    false,
  ])
})
