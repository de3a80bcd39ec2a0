/** A purchase comes back from its receipt, or from invoice and payment proof together, and from nothing less. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeInvoice } from '#devnode/bolt11.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, postForm, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
let service: string
let bought: Purchase
let credential: string
let invoice: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
  bought = await gateway.buy('/tides')
  credential = bought.authorization.replace('L402 ', '')
  await gateway.settled(bought.challenge)
  const where = { creatorId_challengeId: { creatorId: gateway.creatorId, challengeId: bought.challenge } }
  ;({ invoice } = await gateway.database.owner.client.settlement.findUniqueOrThrow({ where }))
})
afterAll(() => gateway.close())

const restore = (body: object) => postJson(gateway, '/_l402/restore', body)
const asLink = () =>
  `${gateway.origin}/_l402/receipt#${Buffer.from(bought.macaroon).toString('base64url')}.${bought.preimage}`

test('a proof that our books do not know yet is not called wrong, and nobody is told to pay', async () => {
  await gateway.node.disturb({ dropRate: 1 })
  const asked = await askFor(gateway, 'tides')
  const { preimage } = await gateway.node.pay(asked.invoice)
  const proof = { invoice: asked.invoice, preimage }
  const reply = await restore(proof)
  expect([reply.status, reply.header('l402-reason')]).toEqual([503, 'paywall.settlement_unknown'])
  expect(reply.json().message).toContain('Do not pay again.')
  const form = await postForm(gateway, '/_l402/restore', { ...proof, challenge: asked.challenge })
  expect([form.status, form.header('location')]).toEqual([303, `/_l402/pay/${asked.challenge}?seen=unclear`])
  const other = await restore({ invoice: asked.invoice, preimage: '22'.repeat(32) })
  expect([other.status, other.header('l402-reason')]).toEqual([404, 'restore.unknown'])
  await gateway.node.disturb({ dropRate: 0 })
})

/** The receipt with ten minutes left. */
function narrowed(): string {
  const read = decodeMacaroon(bought.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const until = Math.floor(Date.now() / 1000) + 600
  const narrow = appendCaveat(gateway.deps.l402.hmac, read.macaroon, encodeUtf8(`${service}_valid_until=${until}`))
  return `${Buffer.from(encodeMacaroon(narrow)).toString('base64')}:${bought.preimage}`
}

/** By whoever carried the payment: such a node learns hash and proof, never the invoice, and can sign one of its own. */
function madeUp(): string {
  const terms = {
    paymentHash: Buffer.from(hashOf(bought), 'hex'),
    paymentAddr: Buffer.alloc(32, 1),
    amountMsat: 210_000n,
    description: 'Tides',
    descriptionHash: null,
    createdAtSeconds: Math.floor(Date.now() / 1000),
    expirySeconds: 900,
  }
  return writeInvoice(terms, new Uint8Array(32).fill(3))
}

/** As wallets share a payment: with its hash, which looks like a proof. */
function shareText(written = invoice): string {
  return `Paid 210 sats\nInvoice: ${written}\nPayment hash: ${hashOf(bought)}\nPreimage: ${bought.preimage}\nFee: 0 sats`
}

describe('what restores', () => {
  test('the receipt, its link, or the cookie form of it', async () => {
    for (const text of [credential, `  ${credential}\n`, asLink(), asLink().split('#')[1] ?? '']) {
      const reply = await restore({ credential: text })
      expect(reply.status).toBe(200)
      expect(reply.json()).toMatchObject({
        credential,
        covers: [service],
        resources: [{ title: 'Tides', url: `${gateway.origin}/tides` }],
      })
      expect((await gateway.ask('/tides', { headers: { Cookie: cookiesOf(reply) } })).status).toBe(200)
    }
  })

  test('invoice and payment proof together, in any letter case', async () => {
    for (const body of [
      { invoice, preimage: bought.preimage },
      { invoice: invoice.toUpperCase(), preimage: bought.preimage.toUpperCase() },
      { invoice: `lightning:${invoice}`, preimage: ` ${bought.preimage} ` },
      { invoice: invoice.replace(/(.{60})/g, '$1\r\n'), preimage: bought.preimage.replace(/(.{8})/g, '$1 ') },
    ]) {
      const reply = await restore(body)
      expect(reply.status).toBe(200)
      expect(reply.json()).toMatchObject({ credential })
    }
  })

  test.each<[string, () => object]>([
    ['a lightning:// link', () => ({ invoice: `lightning://${invoice}`, preimage: bought.preimage })],
    ['an upper-case link', () => ({ invoice: `LIGHTNING:${invoice.toUpperCase()}`, preimage: bought.preimage })],
    [
      'a BIP 21 address',
      () => ({
        invoice: `bitcoin:bc1qexample?amount=0.0000021&lightning=${invoice}&label=Tides`,
        preimage: bought.preimage,
      }),
    ],
    [
      'an upper-case BIP 21 address',
      () => ({ invoice: `BITCOIN:BC1QEXAMPLE?LIGHTNING=${invoice.toUpperCase()}`, preimage: bought.preimage }),
    ],
    ['a share text in the field of the invoice', () => ({ invoice: shareText(), preimage: '' })],
    ['a share text in the field of the proof', () => ({ invoice: '', preimage: shareText() })],
    ['a share text in the field of the receipt', () => ({ credential: shareText() })],
    [
      'a share text that mail has broken into lines',
      () => ({ invoice: shareText(invoice.replace(/(.{60})/g, '$1\r\n')), preimage: '' }),
    ],
  ])('what a wallet gives: %s', async (_what, body) => {
    const reply = await restore(body())
    expect(reply.status).toBe(200)
    expect(reply.json()).toMatchObject({ credential })
  })

  test('a narrowed receipt, which stays as narrow as it is', async () => {
    const text = narrowed()
    const reply = await restore({ credential: text })
    expect(reply.json()).toMatchObject({ credential: text })
    expect(reply.header('set-cookie')).toMatch(/Max-Age=(59\d|600)$/)
  })

  test('a narrowed receipt, which takes the place of no wider one in the same browser', async () => {
    const wide = cookiesOf(await restore({ credential }))
    const reply = await postJson(gateway, '/_l402/restore', { credential: narrowed() }, { Cookie: wide })
    expect(reply.status).toBe(200)
    expect(cookiesOf(reply)).toContain(asLink().split('#')[1])
  })
})

describe('what restores nothing', () => {
  const macaroon = () => Buffer.from(bought.macaroon).toString('base64')
  test.each<[string, () => object]>([
    ['the preimage alone', () => ({ preimage: bought.preimage })],
    ['the preimage as a receipt', () => ({ credential: bought.preimage })],
    ['the invoice alone', () => ({ invoice })],
    ['the macaroon alone', () => ({ credential: macaroon() })],
    ['the payment hash with the preimage', () => ({ credential: `${hashOf(bought)}:${bought.preimage}` })],
    ['the payment hash in place of the invoice', () => ({ invoice: hashOf(bought), preimage: bought.preimage })],
    ['the invoice with another preimage', () => ({ invoice, preimage: '22'.repeat(32) })],
    ['the receipt with another preimage', () => ({ credential: `${macaroon()}:${'22'.repeat(32)}` })],
    ['a share text with another proof', () => ({ invoice: shareText().replace(bought.preimage, '22'.repeat(32)) })],
    ['a share text without the invoice', () => ({ credential: shareText('paid') })],
    [
      'the proof with an invoice that a node on the way wrote',
      () => ({ invoice: madeUp(), preimage: bought.preimage }),
    ],
    ['nothing', () => ({})],
  ])('%s', async (_what, body) => {
    const reply = await restore(body())
    expect(reply.status).toBe(404)
    expect(reply.header('l402-reason')).toBe('restore.unknown')
    expect(reply.headers('set-cookie')).toEqual([])
    expect(reply.text).not.toContain(bought.preimage)
  })

  test('an invoice that was never paid, with a made-up proof', async () => {
    const unpaid = (await gateway.ask('/tides')).json()
    expect((await restore({ invoice: unpaid.invoice, preimage: '11'.repeat(32) })).status).toBe(404)
  })

  test('a receipt of another creator', async () => {
    const { host } = await gateway.addCreator('fjord')
    const body = JSON.stringify({ credential })
    const reply = await gateway.ask('/_l402/restore', {
      host,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    })
    expect(reply.status).toBe(404)
  })
})

describe('the page', () => {
  test('opens empty, also for a receipt link, and a form leads to the article', async () => {
    for (const path of ['/_l402/restore', '/_l402/receipt']) expect((await gateway.ask(path)).status).toBe(200)
    const reply = await postForm(gateway, '/_l402/restore', { credential })
    expect(reply.status).toBe(303)
    expect(reply.header('location')).toBe('/tides')
  })

  test('shows the fault beside its field and keeps what was typed', async () => {
    const reply = await postForm(gateway, '/_l402/restore', { invoice, preimage: '22'.repeat(32) })
    expect(reply.status).toBe(404)
    expect(reply.text).toContain('22'.repeat(32))
    expect(reply.text).toContain('id="preimage-fault"')
  })

  test('lists what the cookies of this browser open, and nothing for a stranger', async () => {
    const cookie = cookiesOf(await restore({ credential }))
    expect((await gateway.ask('/_l402/purchases', { headers: { Cookie: cookie } })).text).toContain('href="/tides"')
    expect((await gateway.ask('/_l402/purchases')).text).not.toContain('href="/tides"')
  })
})

test('guessing is stopped after some tries, with the time to wait', async () => {
  const tries = await Promise.all(Array.from({ length: 40 }, () => restore({ preimage: '11'.repeat(32) })))
  const stopped = tries.find((reply) => reply.status === 429)
  expect(stopped?.header('l402-reason')).toBe('restore.limit')
  expect(Number(stopped?.header('retry-after'))).toBeGreaterThan(0)
})

function hashOf({ macaroon }: Purchase): string {
  const read = decodeMacaroon(macaroon)
  return read.kind === 'refused' ? '' : Buffer.from(read.macaroon.identifier.subarray(2, 34)).toString('hex')
}
