/** Operations become rules that all can be met; what was left out or widened is said; nothing in a document breaks the reading. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readOpenApi } from './read-openapi.ts'
import { refuseRules } from './rule.ts'
import { listShadowed } from './shadowed-rules.ts'

const read = (paths: object, more: object = {}) => {
  const answer = readOpenApi({ openapi: '3.1.0', info: { title: 'A' }, paths, ...more })
  if (answer.kind !== 'read') throw new TypeError(answer.message)
  return answer
}
const lines = (paths: object, more?: object) => read(paths, more).rules.map(({ method, path }) => `${method} ${path}`)

describe('operations', () => {
  test('become rules, the most specific first', () => {
    const paths = {
      '/{any}': { get: {} },
      '/nodes/{id}': { get: { operationId: 'getNode' }, post: {} },
      '/nodes/{id}/peers': { get: {} },
      '/nodes/best': { get: { operationId: 'best_node' } },
      '/': { get: {} },
    }
    expect(lines(paths)).toEqual([
      'GET /',
      'GET /nodes/best',
      'GET /nodes/*',
      'POST /nodes/*',
      'GET /nodes/*/peers',
      'GET /*',
    ])
    expect(read(paths).rules.map(({ name }) => name)).toEqual([
      ...['get', 'best-node', 'get-node', 'post-nodes', 'get-nodes-peers', 'get-2'],
    ])
  })

  test('of a path item that stands elsewhere in the document are found; in another file they are not, which is said', () => {
    const more = { components: { pathItems: { node: { get: {} } } } }
    expect(lines({ '/a': { $ref: '#/components/pathItems/node' } }, more)).toEqual(['GET /a'])
    const answer = read({ '/a': { get: {} }, '/b': { $ref: 'other.yaml#/b' }, '/c': { $ref: '#/paths/~1c' } })
    expect(answer.rules).toHaveLength(1)
    expect(answer.notes).toEqual([
      '/b stands in another file or nowhere, and is left out.',
      '/c stands in another file or nowhere, and is left out.',
    ])
  })

  test.each([
    ['a part with a parameter in it', { '/a/{id}.json': { get: {} } }, 'became *', ['GET /a/*']],
    ['TRACE', { '/a': { get: {}, trace: {} } }, 'never passed on', ['GET /a']],
    ['OPTIONS', { '/a': { get: {}, options: {} } }, 'browsers are answered here', ['GET /a']],
    ['HEAD beside GET', { '/a': { get: {}, head: {} } }, 'answered where GET is', ['GET /a']],
    ['two that are one', { '/{a}': { get: {} }, '/{b}': { get: {} } }, 'cannot tell apart', ['GET /*']],
    ['a path that is none', { '/a': { get: {} }, '/b?c=1': { get: {} } }, 'cannot be a path', ['GET /a']],
    ['a star in the document', { '/a': { get: {} }, '/*': { get: {} } }, 'cannot be a path', ['GET /a']],
    ['callbacks', { '/a': { post: { callbacks: {} } } }, 'Callbacks of POST /a', ['POST /a']],
    ['servers of its own', { '/a': { servers: [], get: {} } }, 'a server of its own', ['GET /a']],
  ])('%s is said', (_name, paths, sentence, rules) => {
    const answer = read(paths)
    expect(answer.notes.join('\n')).toContain(sentence)
    expect(answer.rules.map(({ method, path }) => `${method} ${path}`)).toEqual(rules)
  })
})

test('keys, webhooks and servers of the document are said', () => {
  const answer = read(
    { '/a': { get: {} } },
    {
      servers: [{ url: 'https://api.example.com/v1' }, { url: 'https://b.example' }],
      webhooks: { paid: {} },
      components: { securitySchemes: { key: {} } },
    },
  )
  expect(answer).toMatchObject({ title: 'A', server: 'https://api.example.com/v1' })
  expect(answer.notes).toHaveLength(3)
  expect(read({ '/a': { get: {} } }, { servers: [{ url: 'https://{region}.example' }] }).server).toBeNull()
})

test.each([
  [null, 'no OpenAPI document'],
  ['text', 'no OpenAPI document'],
  [[], 'no OpenAPI document'],
  [{ swagger: '2.0' }, 'Swagger 2.0'],
  [{ openapi: '4.0.0' }, '3.0 or 3.1'],
  [{ openapi: 3.1 }, '3.0 or 3.1'],
  [{ openapi: '3.0.1' }, 'no paths'],
  [{ openapi: '3.0.1', paths: { '/a': {} } }, 'no operation'],
])('%j is refused with a sentence', (document, sentence) => {
  expect(readOpenApi(document)).toEqual({ kind: 'refused', message: expect.stringContaining(sentence) })
})

describe('whatever a document says', () => {
  const segment = fc.oneof(fc.constantFrom('a', 'b', 'A', '{x}', '{y}', '{x}.json', '', '..', '*', '**'), fc.string())
  const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const item = fc.record(
    {
      get: fc.constant({}),
      post: fc.constant({}),
      head: fc.constant({}),
      $ref: fc.constantFrom('#/paths', '#/x', 'y'),
    },
    { requiredKeys: [] },
  )

  test('the rules can all be kept, none is shadowed, and reading never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(path, fc.oneof(item, fc.jsonValue()), { maxKeys: 12 }), (paths) => {
        const answer = readOpenApi({ openapi: '3.0.3', paths })
        if (answer.kind === 'refused') return
        const rules = answer.rules.map(({ method, path: pattern, name }) => ({
          ...{ name, path: pattern, methods: [method], host: null, tier: 0, capability: null, offer: null },
        }))
        expect(refuseRules(rules)).toEqual({})
        expect([...listShadowed(rules)]).toEqual([])
      }),
    )
  })

  test('any JSON is read or refused', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void readOpenApi(value)))
  })
})
