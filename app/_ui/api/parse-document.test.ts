/** JSON and YAML say the same; what is too large, no text of either, or unfolds without end is refused with a sentence. */
import { expect, test } from 'vitest'
import { MAX_DOCUMENT_BYTES, parseDocument } from './parse-document.ts'

const YAML = `openapi: 3.0.3
info:
  title: Nodes
servers:
  - url: https://api.example.com
paths:
  /nodes/{id}:
    get:
      operationId: getNode
`
const JSON_TEXT = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Nodes' },
  servers: [{ url: 'https://api.example.com' }],
  paths: { '/nodes/{id}': { get: { operationId: 'getNode' } } },
})

test('JSON and YAML are read alike', () => {
  const rules = [{ method: 'GET', path: '/nodes/*', name: 'get-node' }]
  const read = { kind: 'read', title: 'Nodes', server: 'https://api.example.com', rules, notes: [] }
  expect(parseDocument(YAML)).toEqual(read)
  expect(parseDocument(JSON_TEXT)).toEqual(read)
  expect(parseDocument('{openapi: 3.0.3, info: {title: Nodes}, paths: {/a: {get: {}}}}')).toMatchObject({
    kind: 'read',
  })
})

test.each([
  ['', 'Paste a document'],
  ['a: [', 'neither JSON nor YAML'],
  ['openapi: 3.0.0\npaths:\n  /a: [\n', 'Look at line'],
  ['{"openapi":', 'neither JSON nor YAML'],
  ['x'.repeat(MAX_DOCUMENT_BYTES + 1), 'larger than 2 MB'],
])('%.20j is refused', (text, sentence) => {
  expect(parseDocument(text)).toEqual({ kind: 'refused', message: expect.stringContaining(sentence) })
})

test('a document that unfolds without end is refused at once', () => {
  const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]`)
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]', ...levels, 'openapi: 3.0.0'].join('\n')
  const startedAt = performance.now()
  expect(parseDocument(bomb).kind).toBe('refused')
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
