/** The gateway as a process: it says what hinders it and what to do next, and it lets go within seconds. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEVELOPMENT_CHALLENGE_LIMITS, DEVELOPMENT_TOKEN_LIMITS } from '#lib/config.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { build } from '#scripts/build.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createSeller, publishSeed } from '#tests/support/articles.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { askOnce } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, postJson } from '#tests/support/gateway-browser.ts'
import { silentLog } from '#tests/support/log.ts'
import { settleOne } from '#tests/support/settle-one.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'

const root = join(import.meta.dirname, '../../..')
let database: TestDatabase
let node: TestNode
const running: ChildProcess[] = []

beforeAll(async () => {
  ;[database, node] = await Promise.all([
    openTestDatabase(),
    startTestNode(),
    build({ only: ['client', 'reader', 'bundles'] }),
  ])
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await node.close()
  await database.close()
})

function environment(port: number): Record<string, string> {
  return {
    SATSTILE_MODE: 'development',
    CONTENT_URL: join(node.dataDir, 'content'),
    CREATOR_HOSTS: `*.localhost:${port}`,
    DATABASE_URL_GATE: database.gateUrl,
    KEY_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    SECRET_OPEN_KEYS: `test:${Buffer.alloc(32, 9).toString('base64')}`,
    LND_SOCKET: node.socket,
    LND_TLS_CERT: join(node.dataDir, 'tls.cert'),
    LND_INVOICE_MACAROON: join(node.dataDir, 'invoice.macaroon'),
    GATEWAY_PORT: String(port),
  }
}

function start(env: Record<string, string>) {
  const lifeline = join(root, 'scripts/start/lifeline.mjs')
  const child = spawn(process.execPath, ['--import', lifeline, join(root, 'dist/gateway.mjs')], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
  })
  running.push(child)
  let said = ''
  const ready = new Promise<void>((resolve) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (/^ready$/m.test(said)) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
  })
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, said })),
  )
  const failed = () => ended.then((end) => Promise.reject(new TypeError(end.said)))
  return { child, ended, ready: () => Promise.race([ready, failed()]) }
}

/** A port in front of `target` that takes connections and says nothing, until it is opened. */
async function openDoor(target: number): Promise<{ port: number; open(): void; close(): void }> {
  let isSilent = true
  const server = createServer((client) => {
    client.on('error', () => client.destroy())
    if (!isSilent) client.pipe(connect(target, '127.0.0.1').on('error', () => client.destroy())).pipe(client)
  })
  const [port = 0] = await freePorts(1)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const open = () => {
    isSilent = false
  }
  return { port, open, close: () => void server.close() }
}

test('a port that is taken is named, with what to do, and the process ends', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const { code, said } = await start(environment(port)).ended
  expect(code).toBe(1)
  expect(said).toContain(
    `port ${port} is taken: end the program that listens there, or set GATEWAY_PORT to a free port, and start again`,
  )
  other.close()
})

test('missing variables are listed all at once, and no value is printed', async () => {
  const { KEY_ENCRYPTION_KEYS: keys = '', LND_SOCKET: _socket, ...rest } = environment(1)
  const { code, said } = await start({ ...rest, KEY_ENCRYPTION_KEYS: `${keys}x` }).ended
  expect(code).toBe(78)
  expect(said).toContain('LND_SOCKET is missing')
  expect(said).toContain('KEY_ENCRYPTION_KEYS')
  expect(said).not.toContain(keys)
})

test('production refuses what development made', async () => {
  const { code, said } = await start({ ...environment(1), SATSTILE_MODE: 'production' }).ended
  expect(code).toBe(78)
  expect(said).toContain('LND_INVOICE_MACAROON was made for development')
})

test('without Postgres it does not start, and says so', async () => {
  const [port = 0, dead = 0] = await freePorts(2)
  const url = new URL(database.gateUrl)
  url.port = String(dead)
  const { code, said } = await start({ ...environment(port), DATABASE_URL_GATE: url.href }).ended
  expect(code).toBe(1)
  expect(said).toContain('the gateway cannot start: ')
  expect(said).toContain('DATABASE_URL_GATE')
  expect(said).not.toContain(url.password)
})

test('while Postgres is silent it listens and answers 503, and serves as soon as Postgres answers', async () => {
  const creatorId = await createSeller(database, 'quay')
  await publishSeed(database, { creatorId, contentFolder: join(node.dataDir, 'content'), title: 'Ropes', sats: 21 })
  const url = new URL(database.gateUrl)
  const door = await openDoor(Number(url.port))
  const [port = 0] = await freePorts(1)
  url.port = String(door.port)
  const { ready, child } = start({ ...environment(port), DATABASE_URL_GATE: url.href })
  await ready()
  const ask = () => askOnce(port, '/ropes', { host: `quay.localhost:${port}` })
  const askedAt = performance.now()
  const refused = await ask()
  expect([refused.status, refused.header('l402-reason')]).toEqual([503, 'database.unavailable'])
  expect(performance.now() - askedAt).toBeLessThan(500)
  door.open()
  await until('it sells', async () => (await ask()).status === 402, { withinMs: 10_000 })
  child.kill('SIGKILL')
  door.close()
})

test('a Postgres that may lose what it confirmed ends it for good, also one that was silent at first', async () => {
  const owner = database.owner.client
  await owner.$executeRawUnsafe(`alter database ${database.name} set synchronous_commit = off`)
  try {
    const url = new URL(database.gateUrl)
    const door = await openDoor(Number(url.port))
    url.port = String(door.port)
    const [port = 0, other = 0] = await freePorts(2)
    const late = start({ ...environment(port), DATABASE_URL_GATE: url.href })
    await late.ready()
    door.open()
    for (const { ended } of [late, start(environment(other))]) {
      const { code, said } = await ended
      expect(code).toBe(78)
      expect(said).toContain('this Postgres cannot be trusted with money: synchronous_commit is off')
    }
    door.close()
  } finally {
    await owner.$executeRawUnsafe(`alter database ${database.name} reset synchronous_commit`)
  }
})

/** Pays an invoice and books it as the workers would; answers the preimage. */
async function payAndSettle(invoice: string): Promise<string> {
  const { preimage, payment_hash: hash, amount_msat: amount } = await node.pay(invoice)
  const paymentHash = asPaymentHash(Buffer.from(hash, 'hex'))
  const { backendId } = await database.owner.client.challenge.findUniqueOrThrow({
    where: { paymentHash: Buffer.from(hash, 'hex') },
  })
  const receivedMsat = msat(BigInt(amount))
  const deps = { db: database.jobs, log: silentLog, notices: { publish: async () => undefined }, feePpm: 0 }
  const payment = { paymentHash, receivedMsat, settledAt: new Date(), backendId, settleCursor: null }
  await settleOne(deps, { ...payment, source: 'stream' })
  return preimage
}

test('a signal ends it within five seconds, a waiting page and an idle connection included, and no secret was logged', async () => {
  const creatorId = await createSeller(database, 'harbor')
  await publishSeed(database, { creatorId, contentFolder: join(node.dataDir, 'content'), title: 'Tides', sats: 210 })
  const [port = 0] = await freePorts(1)
  const { child, ended, ready } = start({ ...environment(port), LOG_LEVEL: 'debug' })
  await ready()
  const host = `harbor.localhost:${port}`
  const ask = (path: string, options = {}) => askOnce(port, path, { host, ...options })
  const asked = await askFor({ ask, origin: `http://${host}` }, 'tides')
  const waiting = ask(`/_l402/challenge/${asked.challenge}/events`, { headers: { 'L402-Claim': asked.secret } })
  await ask(`/_l402/challenge/${asked.challenge}`, { headers: { 'L402-Claim': asked.secret } })
  const bought = await askFor({ ask, origin: `http://${host}` }, 'tides')
  const preimage = await payAndSettle(bought.invoice)
  const claimed = await postJson({ ask, origin: `http://${host}` }, '/_l402/claim', bought)
  const { macaroon, credential } = claimed.json() as { macaroon: string; credential: string }
  expect(claimed.status).toBe(200)
  expect((await ask('/tides', { headers: { Authorization: `L402 ${credential}` } })).status).toBe(200)
  expect((await ask('/tides', { headers: { Cookie: cookiesOf(claimed) } })).status).toBe(200)
  const signalledAt = performance.now()
  child.kill('SIGTERM')
  const { code, said } = await ended
  expect(code).toBe(0)
  expect(performance.now() - signalledAt).toBeLessThan(5_000)
  expect((await waiting).text).toContain('"state":"open"')
  const hex = Buffer.from(macaroon, 'base64').toString('hex')
  for (const secret of [asked.secret, asked.invoice, bought.secret, preimage, macaroon, hex, cookiesOf(claimed)])
    expect(said).not.toContain(secret)
})

test('a revoked token is refused by every gateway process within two seconds, and no other is', async () => {
  const creatorId = await createSeller(database, 'lighthouse')
  await publishSeed(database, { creatorId, contentFolder: join(node.dataDir, 'content'), title: 'Lamps', sats: 21 })
  const ports = await freePorts(2)
  // Asked every moment until both refuse: the limits of production would refuse first.
  const shared = {
    CREATOR_HOSTS: `*.localhost:${ports[0]}`,
    CHALLENGE_LIMITS: DEVELOPMENT_CHALLENGE_LIMITS,
    TOKEN_LIMITS: DEVELOPMENT_TOKEN_LIMITS,
  }
  await Promise.all(ports.map((port) => start({ ...environment(port), ...shared }).ready()))
  const host = `lighthouse.localhost:${ports[0]}`
  const askAll = (authorization?: string) =>
    Promise.all(ports.map((port) => askOnce(port, '/lamps', { host, headers: authorization ? { authorization } : {} })))
  const buyAt = async (at: number) => {
    const challenge = readChallenges((await askAll())[at]?.headers('www-authenticate') ?? [])
    if (challenge.kind === 'fault') throw new TypeError('no challenge')
    const preimage = await payAndSettle(challenge.invoice)
    const { macaroon } = challenge
    return { macaroon, authorization: `L402 ${formatCredential(macaroon, Buffer.from(preimage, 'hex'))}` }
  }
  const [revoked, kept] = [await buyAt(0), await buyAt(1)]
  for (const { authorization } of [revoked, kept])
    expect((await askAll(authorization)).map(({ status }) => status)).toEqual([200, 200])

  await revokeToken({ db: database.web }, { creatorId, tokenId: tokenIdOf(revoked.macaroon) })
  const refused = async () => (await askAll(revoked.authorization)).every(({ status }) => status === 402)
  await until('both refuse it', refused, { withinMs: 2_000 })
  for (const reply of await askAll(revoked.authorization)) expect(reply.header('l402-reason')).toBe('l402.revoked')
  expect((await askAll(kept.authorization)).map(({ status }) => status)).toEqual([200, 200])
})

test('a killed gateway is counted for ten seconds more, then its part of the budget is the others’', async () => {
  const [first = 0, second = 0] = await freePorts(2)
  const survivor = start(environment(first))
  await survivor.ready()
  let said = ''
  survivor.child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  // Gateways of other tests come and go here too, so the killed one is known by its own row.
  const listIds = async () => (await database.owner.client.liveGateway.findMany()).map(({ id }) => id)
  const before = await listIds()
  const killed = start(environment(second))
  await killed.ready()
  const id = await until('it is known', async () => (await listIds()).find((each) => !before.includes(each)))
  killed.child.kill('SIGKILL')
  const killedAt = performance.now()
  await until('the others know it', async () => !(await listIds()).includes(id), { withinMs: 20_000 })
  expect(performance.now() - killedAt).toBeGreaterThan(8_000)
  await until('the survivor says so', async () => said.includes(`"count":${(await listIds()).length}`))
})
