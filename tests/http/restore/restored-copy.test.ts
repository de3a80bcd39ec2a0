/** A database is restored from an earlier copy under a running shop: what was sold since is adopted by one command, and opens again. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { satsToMsat } from '#lib/money.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { readBalances, readCreditedTotal } from '#lib/paywall/ledger/ledger-store.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { listDueSightings } from '#lib/paywall/usage/sighting-store.ts'
import { copyDatabase, type DatabaseCopy } from '#tests/support/database-copy.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { PAID_SENTENCE, type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, payFor, postForm, postJson } from '#tests/support/gateway-browser.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
let copy: DatabaseCopy
let before: Purchase
/** Sold after the copy was made. */
let program: Purchase
let page: Awaited<ReturnType<typeof payFor>>
let claimedPage: Awaited<ReturnType<typeof payFor>> & { credential: string }
/** `L402 M:P` of a receipt, which rests on a secret of ours in place of the payment's. */
let receipt: string
let late: Awaited<ReturnType<typeof askFor>>
let form: { challenge: string; cookie: string }

beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Storms', sats: 90 })
  before = await gateway.buy('/tides')
  await gateway.settled(before.challenge)
  copy = await copyDatabase(gateway.database)
  await until('the gateway is connected again', async () => (await gateway.ask('/tides')).status === 402)
  program = await gateway.buy('/tides')
  await gateway.settled(program.challenge)
  page = await payFor(gateway, 'storms')
  const other = await payFor(gateway, 'tides')
  const { credential } = (await claim(other)).json() as { credential: string }
  claimedPage = { ...other, credential }
  form = await payByForm('storms')
  receipt = await buyReceipt('storms')
  late = await askFor(gateway, 'tides')
  await payElsewhere()
  await copy.restore()
  await until('the gateway is connected again', async () => (await gateway.ask('/tides')).status === 402)
  await gateway.node.pay(late.invoice)
})
afterAll(async () => {
  await copy.drop()
  await gateway.close()
})

const claim = ({ challenge, secret }: { challenge: string; secret: string }) =>
  postJson(gateway, '/_l402/claim', { challenge, secret })

async function payByForm(resource: string) {
  const reply = await postForm(gateway, '/_l402/challenge', { resource })
  const challenge = (reply.header('location') ?? '').replace('/_l402/pay/', '')
  const row = await gateway.database.owner.client.challenge.findFirstOrThrow({ where: { id: challenge } })
  await gateway.node.pay(row.invoice)
  await gateway.settled(challenge)
  return { challenge, cookie: cookiesOf(reply) }
}

async function buyReceipt(resource: string): Promise<string> {
  const paid = await payFor(gateway, resource)
  await gateway.node.disturb({ withholdPreimage: true })
  const body = (await claim(paid)).json()
  await gateway.node.disturb({ withholdPreimage: false })
  expect(body.kind).toBe('receipt')
  return `L402 ${body.credential}`
}

/** Others use the node too: without our mark, and with it for a service that is nobody's here. */
async function payElsewhere() {
  const backend = gateway.deps.backends.getForCreator(gateway.creatorId)
  for (const memo of ['coffee: large', 'satstile other-shop: Lunch']) {
    const { invoice } = await backend.createInvoice({ amountMsat: satsToMsat(33), memo, expirySeconds: 900 })
    await gateway.node.pay(invoice)
  }
}

async function adopt(...options: string[]): Promise<string> {
  const { node, database } = gateway
  const env = {
    ...{
      PATH: process.env.PATH,
      NODE_ENV: 'test' as const,
      SATSTILE_MODE: 'development',
      DATA_DIR: join(node.dataDir, 'nothing'),
    },
    ...{ DATABASE_URL: database.ownerUrl, DATABASE_URL_JOBS: database.jobsUrl, LND_SOCKET: node.socket },
    LND_TLS_CERT: join(node.dataDir, 'tls.cert'),
    LND_READ_MACAROON: join(node.dataDir, 'read.macaroon'),
  }
  const script = join(import.meta.dirname, '../../../scripts/adopt-strays.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...options], { env })
  return stdout
}

const sales = async () => (await readCreditedTotal(gateway.database.owner.client)).count

describe('before the command', () => {
  test('what was sold since the copy is unknown, and a claim of it is refused', async () => {
    expect((await claim(page)).status).toBe(403)
    expect(await sales()).toBe(1)
  })

  test('a token that opened goes on opening', async () => {
    const opened = await gateway.ask('/tides', { headers: { Authorization: program.authorization } })
    expect(opened.text).toContain(PAID_SENTENCE)
    await until('it is noted', async () => (await gateway.database.owner.client.sighting.count()) > 0)
  })

  test('without --apply everything is told and nothing is changed', async () => {
    const said = await adopt()
    expect(said.match(/^to adopt/gm)).toHaveLength(6)
    expect(said).toContain('Run it again with --apply.')
    expect(await sales()).toBe(1)
    expect((await claim(page)).status).toBe(403)
  })
})

describe('the command', () => {
  test('adopts every sale, tells what is known of each, and leaves what is nobody’s', async () => {
    const said = await adopt('--apply')
    expect(said.match(/^adopted/gm)).toHaveLength(6)
    expect(said.match(/known: creator harbor, by the memo/g)).toHaveLength(5)
    expect(said.match(/known: creator harbor, by the token that was shown/g)).toHaveLength(1)
    expect(said).toContain('version 1 of its price')
    expect(said).toContain('cannot be known: whether a person or a program paid')
    expect(said).toMatch(/^left .*33 sats.*"other-shop: Lunch"\n +nobody here has the service/m)
    expect(said).not.toContain('coffee')
    expect(said).toContain('Credited 6 payments, 900 sats in all; left 1.')
    expect(said).toContain('withdrawals after it')
    expect(await sales()).toBe(7)
  })

  test('changes nothing when it runs again, also twice at once', async () => {
    const said = await Promise.all([adopt('--apply'), adopt('--apply')])
    for (const one of said) expect(one).toContain('Credited 0 payments, 0 sats in all; left 1.')
    expect(await sales()).toBe(7)
  })
})

describe('afterwards', () => {
  test('the page that paid claims its purchase, and again, and it opens', async () => {
    for (const { challenge, secret } of [page, page, claimedPage]) {
      const reply = await claim({ challenge, secret })
      expect([reply.status, reply.json().state]).toEqual([200, 'settled'])
      const path = challenge === page.challenge ? '/storms' : '/tides'
      expect((await gateway.ask(path, { headers: { Cookie: cookiesOf(reply) } })).text).toContain(PAID_SENTENCE)
    }
  })

  test('the token claimed again is the one that was lost, byte for byte', async () => {
    expect((await claim(claimedPage)).json().credential).toBe(claimedPage.credential)
  })

  test('an invoice that was out when the copy was restored opens for the page that asked', async () => {
    expect((await claim(late)).status).toBe(200)
  })

  test('the page hears that its invoice is paid', async () => {
    const reply = await gateway.ask(`/_l402/challenge/${page.challenge}`, { headers: { 'L402-Claim': page.secret } })
    expect(reply.json()).toMatchObject({ id: page.challenge, state: 'settled' })
  })

  test('a browser without JavaScript finds its purchase open, and pays nothing again', async () => {
    const shown = await gateway.ask(`/_l402/pay/${form.challenge}`, { headers: { Cookie: form.cookie } })
    expect([shown.status, shown.header('location')]).toEqual([303, '/storms'])
    const again = await postForm(gateway, '/_l402/challenge', { resource: 'storms' }, { Cookie: form.cookie })
    expect(again.header('location')).toBe(`/_l402/pay/${form.challenge}`)
  })

  test('invoice and payment proof restore it', async () => {
    const { invoice, preimage } = page
    const reply = await postJson(gateway, '/_l402/restore', { invoice, preimage })
    expect(reply.status).toBe(200)
    const { credential } = reply.json() as { credential: string }
    const opened = await gateway.ask('/storms', { headers: { Authorization: `L402 ${credential}` } })
    expect(opened.text).toContain(PAID_SENTENCE)
  })

  test.each<[string, () => { challenge: string; secret: string }]>([
    ['another secret', () => ({ ...page, secret: randomBytes(32).toString('base64url') })],
    ['the secret of another purchase', () => ({ ...page, secret: claimedPage.secret })],
    [
      'the id under which the sale was adopted',
      () => ({ ...page, challenge: `chl_adopted${page.challenge.slice(14, 24)}` }),
    ],
    ['an id with another mark', () => ({ ...page, challenge: `${page.challenge.slice(0, 24)}${'0'.repeat(20)}` })],
  ])('%s claims nothing', async (_what, forged) => {
    const reply = await claim(forged())
    expect([reply.status, reply.header('l402-reason')]).toEqual([403, 'claim.refused'])
  })

  test('tokens and receipts sold since the copy are confirmed, and none is denied', async () => {
    expect((await gateway.ask('/storms', { headers: { Authorization: receipt } })).status).toBe(200)
    for (const authorization of [program.authorization, `L402 ${claimedPage.credential}`]) {
      expect((await gateway.ask('/tides', { headers: { Authorization: authorization } })).status).toBe(200)
    }
    const { database } = gateway
    const listDue = () => listDueSightings(database.jobs.client, { recheckBefore: new Date(), limit: 100 })
    const due = await until('the gateway has noted them', async () => {
      const found = await listDue()
      return found.length === 4 ? found : null
    })
    for (const sighting of due) expect(await checkSighting(jobs(), sighting)).toBe('settled')
    expect(await database.owner.client.denied.count()).toBe(0)
  })

  test('the books fit together and agree with the node, to the msat', async () => {
    const { database, creatorId } = gateway
    expect(await findBookDifferences(database.jobs.client, 10)).toEqual([])
    const audit = await auditLedger(jobs(), new AbortController().signal)
    expect(audit).toEqual({ books: 0, node: 0, isComplete: true })
    const { settlingMsat, availableMsat } = await readBalances(database.jobs.client, creatorId)
    expect(settlingMsat + availableMsat).toBe(1_110_000n)
    expect(encodeHex(before.macaroon)).not.toBe(encodeHex(program.macaroon))
  })
})

function jobs() {
  const { node, database } = gateway
  const backend = createLndBackend({
    socket: node.socket,
    cert: node.read('tls.cert'),
    macaroon: node.read('read.macaroon'),
    network: 'regtest',
    log: silentLog,
  })
  const notices = { publish: async () => undefined }
  const backends = createBackends(backend)
  return { db: database.jobs, clock: systemClock, log: silentLog, notices, backends, feePpm: 0 }
}
