/** Addresses and fields that a creator types: what would break a request's framing or speak in our name is refused. */
import { expect, test } from 'vitest'
import { parseUpstreamUrl, refuseHeaders } from './upstream.ts'

test.each([
  ['https://api.example.com', 'https://api.example.com/'],
  ['https://api.example.com/v1/', 'https://api.example.com/v1'],
  ['http://127.0.0.1:8405/a/b', 'http://127.0.0.1:8405/a/b'],
])('%s is an upstream', (text, href) => {
  expect(parseUpstreamUrl(text)?.href).toBe(href)
})

test.each([
  '',
  'api.example.com',
  'ftp://api.example.com',
  'file:///etc/passwd',
  'https://user:secret@api.example.com',
  'https://api.example.com/v1?key=1',
  'https://api.example.com/v1#a',
  'https://api.example.com//v1',
])('%s is none', (text) => {
  expect(parseUpstreamUrl(text)).toBeNull()
})

test('fields of a seller are kept', () => {
  expect(refuseHeaders({ authorization: 'Bearer x', 'x-api-key': 'a b', 'x-gone': null })).toEqual({})
})

test.each([
  ['Authorization', 'x'],
  ['x_key', 'x'],
  ['host', 'x'],
  ['content-length', '5'],
  ['transfer-encoding', 'chunked'],
  ['connection', 'close'],
  ['x-l402-token', 'x'],
  ['x-forwarded-for', 'x'],
  ['cookie', 'x'],
  ['x-key', 'a\r\nX-B: 1'],
  ['x-key', 'ü'],
  ['x-key', ' padded '],
  ['x-key', ''],
])('the field %s with %j is refused', (name, value) => {
  expect(Object.keys(refuseHeaders({ [name]: value }))).toEqual([`headers.${name}`])
})
