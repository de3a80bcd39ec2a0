import { expect, test } from 'vitest'
import { readWire } from './wire-rules.ts'

const read = (target: string, rawHeaders = ['Host', 'harbor.localhost:8402'], method = 'GET') =>
  readWire({ method, target, rawHeaders })

test('host, path and query come apart once, and the path stays as it was sent', () => {
  expect(read('/a/%2e%2e/b?x=?1')).toEqual({
    kind: 'read',
    host: 'harbor.localhost:8402',
    path: '/a/%2e%2e/b',
    query: 'x=?1',
  })
})

test('the host is told in lower case without its trailing dot', () => {
  expect(read('/', ['HOST', 'Harbor.LOCALHOST.:8402'])).toMatchObject({ host: 'harbor.localhost:8402' })
  expect(read('/', ['host', 'harbor.example.'])).toMatchObject({ host: 'harbor.example' })
})

test('an absolute target must name the same host', () => {
  expect(read('http://harbor.localhost:8402/tides?a')).toMatchObject({ path: '/tides', query: 'a' })
  expect(read('http://harbor.localhost:8402')).toMatchObject({ path: '/' })
  expect(read('http://other.localhost:8402/tides')).toEqual({ kind: 'refused', code: 'http.malformed' })
})

test.each([
  ['no host', '/', []],
  ['two hosts', '/', ['Host', 'a.example', 'Host', 'a.example']],
  ['an empty host', '/', ['Host', '']],
  ['a host with user info', '/', ['Host', 'x@a.example']],
  ['a host with a path', '/', ['Host', 'a.example/b']],
  ['a host with a line break', '/', ['Host', 'a.example\r\nX: y']],
  ['a field name with an underscore', '/', ['Host', 'a.example', 'X_Forwarded_For', '1']],
  ['a fragment', '/a#b', ['Host', 'a.example']],
  ['an asterisk for anything but OPTIONS', '*', ['Host', 'a.example']],
  ['an authority', 'a.example:443', ['Host', 'a.example']],
])('%s is refused', (_what, target, rawHeaders) => {
  expect(read(target, rawHeaders)).toEqual({ kind: 'refused', code: 'http.malformed' })
})

test('a hundred fields are read, one more is refused', () => {
  const fields = (count: number) => ['Host', 'a.example', ...Array.from({ length: count - 1 }, () => ['X', '1']).flat()]
  expect(read('/', fields(100)).kind).toBe('read')
  expect(read('/', fields(101))).toEqual({ kind: 'refused', code: 'limit.header_size' })
})
