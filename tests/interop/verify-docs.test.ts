/** The programs of docs/verify.md gate on a server of their own as they are printed: in Node, in Next's form, behind nginx. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeApiKey } from '#lib/paywall/creators/make-api-key.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { startTestDoor, type TestDoor } from '#tests/support/door.ts'
import { askOnce } from '#tests/support/gateway.ts'
import { findNginx, startNginx } from '#tests/support/nginx.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream } from '#tests/support/upstream.ts'

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/verify.md'), 'utf8')

let shop: ApiShop
let door: TestDoor
let folder: string
let secret: string
const programs: ChildProcess[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-docs-'))
  for (const [, code = '', name = ''] of DOCS.matchAll(/```javascript\n(\/\/ ([\w.]+).*?)```/gs)) {
    writeFileSync(join(folder, name), code)
  }
  shop = await startApiShop([])
  await shop.sell({
    slug: 'scores',
    url: 'https://api.example.com',
    rules: [ruleOf('node', '/nodes/*', { sats: 5, uses: 4, methods: ['GET'] })],
  })
  door = await startTestDoor(shop)
  const made = await makeApiKey({ db: shop.database.web }, { creatorId: shop.creatorId, name: 'docs' })
  secret = made.kind === 'made' ? made.key : ''
})
afterAll(async () => {
  for (const program of programs) program.kill('SIGKILL')
  await door?.stop()
  await shop?.close()
  rmSync(folder, { recursive: true, force: true })
})

const variables = () => ({ SATSTILE_URL: `http://localhost:${door.port}`, SATSTILE_KEY: secret })

/** Runs a program of the page; answers its port. */
async function run(name: string, more: Record<string, string> = {}): Promise<number> {
  const [port = 0] = await freePorts(1)
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'production' as const,
    ...variables(),
    ...more,
    PORT: String(port),
  }
  programs.push(spawn(process.execPath, [join(folder, name)], { env, stdio: 'ignore' }))
  await until(`${name} listens`, () => askOnce(port, '/', { host: 'seller.example' }))
  return port
}

type Ask = (
  headers: Record<string, string>,
) => Promise<{ status: number; text: string; challenge: string | null; covers: string | null }>

/** Unpaid it asks for money and gives nothing; paid by that very challenge it gives, as often as was bought. */
async function sells(ask: Ask): Promise<void> {
  const unpaid = await ask({})
  expect([unpaid.status, unpaid.text.includes('score":7')]).toEqual([402, false])
  const { macaroon, invoice } = JSON.parse(unpaid.text)
  expect(unpaid.challenge).toBe(`L402 macaroon="${macaroon}", invoice="${invoice}", version="0", token="${macaroon}"`)
  const { preimage } = await shop.node.pay(invoice)
  const paid = { Authorization: `L402 ${macaroon}:${preimage}` }
  for (let n = 0; n < 4; n += 1) {
    const read = await ask(paid)
    expect([read.status, read.text.trim()]).toEqual([200, '{"score":7}'])
    expect(read.covers).toMatch(/^[a-z0-9]+-scores/)
  }
  const spent = await ask(paid)
  expect([spent.status, JSON.parse(spent.text).reason]).toEqual([402, 'l402.exhausted'])
}

const over =
  (port: number): Ask =>
  async (headers) => {
    const reply = await askOnce(port, '/scores/nodes/alice?a="b"', { host: 'seller.example', headers })
    return {
      ...{ status: reply.status, text: reply.text },
      challenge: reply.header('www-authenticate') ?? null,
      covers: reply.header('l402-covers') ?? null,
    }
  }

test('the program for Node and Express sells, counts, and asks for more', async () => {
  await sells(over(await run('server.mjs')))
})

test('it lets nobody in with a key that is none, or while nobody answers', async () => {
  for (const wrong of [{ SATSTILE_KEY: 'sk_none' }, { SATSTILE_URL: 'http://127.0.0.1:9' }]) {
    const reply = await over(await run('server.mjs', wrong))({})
    expect([reply.status, reply.text]).toEqual([503, ''])
  }
})

test('the route for Next sells, counts, and asks for more', async () => {
  Object.assign(process.env, variables())
  const { GET } = (await import(pathToFileURL(join(folder, 'route.mjs')).href)) as {
    GET: (request: Request) => Promise<Response>
  }
  await sells(async (headers) => {
    const response = await GET(new Request('https://seller.example/scores/nodes/alice', { headers }))
    return {
      ...{ status: response.status, text: await response.text() },
      challenge: response.headers.get('www-authenticate'),
      covers: response.headers.get('l402-covers'),
    }
  })
})

test('nginx with the program beside it sells, counts, and asks for more', async (context) => {
  const program = await findNginx()
  if (program === null) return context.skip()
  const seller = await startUpstream((_req, res) => res.end('{"score":7}'))
  const judge = await run('judge.mjs')
  const [, locations = ''] = /```nginx\n(.*?)```/s.exec(DOCS) ?? []
  const written = locations
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${seller.port}`)
    .replaceAll('127.0.0.1:8407', `127.0.0.1:${judge}`)
  const nginx = await startNginx(program, seller.port, written)
  try {
    await sells(over(nginx.port))
    expect(seller.arrived.filter((arrived) => arrived.header('authorization') !== undefined)).toEqual([])
  } finally {
    await nginx.close()
    await seller.close()
  }
})
