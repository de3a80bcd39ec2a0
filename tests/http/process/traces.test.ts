/** Where somebody collects traces, a request tells where its time went, and nothing that could be used. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

interface Told {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

let collector: Server
let bodies = ''
const spans: Told[] = []
let upstream: TestUpstream
let shop: ApiShop
beforeAll(async () => {
  collector = createServer(async (req, res) => {
    let text = ''
    for await (const chunk of req) text += chunk
    bodies += text
    for (const resource of JSON.parse(text).resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...(scope.spans as Told[]))
    res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as { port: number }
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end('{}')
  })
  shop = await startApiShop([upstream], { traces: `http://127.0.0.1:${port}` })
  await shop.sell({ slug: 'scores', url: upstream.url, rules: [ruleOf('node', '/nodes/*', { sats: 5 })] })
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
  collector?.close()
})

test('a challenge shows node and database below it, a reading its upstream, and neither a secret or an address', async () => {
  const trace = { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' }
  const bought = await shop.buy('/scores/nodes/alice?mail=somebody', trace)
  await shop.ask('/scores/nodes/alice', {
    headers: { Authorization: bought.authorization, Cookie: 'a=kept', ...trace },
  })
  const named = (name: string) => spans.filter((span) => span.name === name)
  await until('the spans have come', () => named('upstream').length === 1 && named('challenge').length === 1)
  const [challenge] = named('challenge')
  const asked = named('judge').find(({ spanId }) => spanId === challenge?.parentSpanId)
  expect(asked?.parentSpanId ?? '').toBe('')
  expect(JSON.stringify(asked?.attributes)).toContain('l402.missing')
  for (const name of ['node create_invoice', 'db challenge_row'])
    expect(named(name).map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toContainEqual([
      asked?.traceId,
      challenge?.spanId,
    ])
  const [called] = named('upstream')
  const read = named('judge').find(({ spanId }) => spanId === called?.parentSpanId)
  expect(JSON.stringify(read?.attributes)).toContain('admit')
  expect(spans.map(({ traceId }) => traceId)).not.toContain('1'.repeat(32))
  for (const word of [bought.preimage, 'AgEIc2F0', 'alice', 'somebody', 'kept', '127.0.0.1', 'harbor', 'lnbc'])
    expect(bodies).not.toContain(word)
})

test('whoever asks for no traces loads nothing of their library', () => {
  const hooks = `import { registerHooks } from 'node:module'
    registerHooks({ resolve(name, context, next) {
      if (name.includes('opentelemetry')) throw new RangeError(name)
      return next(name, context) } })`
  const root = join(import.meta.dirname, '../../..')
  const load = (file: string) => {
    const args = ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, '--input-type=module', '-e', file]
    return execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' }).toString()
  }
  expect(load(`await import('./lib/tracing.ts')`)).toBe('')
  const opened = `(await import('./lib/tracing.ts')).openTracing({ endpoint: 'http://localhost', sampled: 1, process: 'x' })`
  expect(() => load(`await ${opened}`)).toThrow(/RangeError/)
})
