/** A price in euros: asked for in sats of now, kept by its invoice, and not asked for at all when no rate is known. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Msat, msat } from '#lib/money.ts'
import { setPrice, writePrice } from '#lib/paywall/offers/set-price.ts'
import { insertRates } from '#lib/paywall/rates/rate-store.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let euros: { resourceId: string; service: string }
const key = () => ({ creatorId: gateway.creatorId, resourceId: euros.resourceId })
const price = (text: string, currency?: string) =>
  setPrice({ db: gateway.database.web }, { ...key(), price: text, ...(currency && { currency }) })

/** What a bitcoin costs from now on; the gateway has read it. */
async function rate(units: bigint, agoSeconds = 0): Promise<void> {
  const takenAt = new Date(gateway.clock.now().getTime() - agoSeconds * 1000)
  const each = ['EUR', 'USD'].map((currency) => ({ currency, microPerBtc: units * 1_000_000n, takenAt, sources: 3 }))
  await gateway.database.owner.client.$executeRaw`delete from fiat_rate`
  await insertRates(gateway.database.jobs.client, each)
  await gateway.deps.rates.read()
}

beforeAll(async () => {
  gateway = await startTestGateway()
  euros = await gateway.publish({ title: 'Euros', sats: 5 })
  await gateway.publish({ title: 'Tides', sats: 210 })
  await rate(80_000n)
  expect(await price('0.50', 'EUR')).toMatchObject({ kind: 'applied' })
  await gateway.changed()
})
afterAll(() => gateway.close())
beforeEach(() => rate(80_000n))

const asked = async (path = '/euros') => {
  const reply = await gateway.ask(path)
  return { status: reply.status, sats: reply.status === 402 ? reply.json().price_sats : null }
}

describe('a price in euros', () => {
  test('is asked for in sats of now, rounded up, and follows the rate', async () => {
    expect(await asked()).toEqual({ status: 402, sats: 625 })
    await rate(79_999n)
    expect(await asked()).toEqual({ status: 402, sats: 626 })
    expect((await gateway.ask('/euros')).json()).toMatchObject({
      message: '626 sats opens this article.',
      offers: [{ price_sats: 626, fiat: { currency: 'EUR', amount: '0.50' } }],
    })
    expect((await gateway.ask('/.well-known/l402.json')).status).toBe(200)
  })

  test('is kept by the invoice whatever the rate does, and the row says how it came about', async () => {
    const purchase = await gateway.buy('/euros')
    await rate(40_000n)
    await gateway.settled(purchase.challenge)
    expect((await gateway.ask('/euros', { headers: { Authorization: purchase.authorization } })).status).toBe(200)
    const row = await gateway.database.owner.client.challenge.findFirstOrThrow({ where: { id: purchase.challenge } })
    expect(row).toMatchObject({
      ...{ amountMsat: 625_000n, fiatCurrency: 'EUR', fiatMinor: 50n, microPerBtc: 80_000_000_000n },
    })
  })

  test('values its sale in the currency of its creator when it arrives, and a sale without a rate not at all', async () => {
    const sell = async () => {
      const { challenge } = await gateway.buy('/tides')
      await gateway.settled(challenge)
      return gateway.database.owner.client.settlement.findFirstOrThrow({ where: { challengeId: challenge } })
    }
    expect(await sell()).toMatchObject({ fiatCurrency: 'USD', fiatMinor: 17n })
    await gateway.database.owner.client.$executeRaw`delete from fiat_rate`
    expect(await sell()).toMatchObject({ fiatCurrency: null, fiatMinor: null })
  })
})

describe('with no rate of now', () => {
  test('a price in euros is a 503 that says when to come again, a price in sats is asked for as ever', async () => {
    await rate(80_000n, 301)
    const reply = await gateway.ask('/euros')
    expect(reply.status).toBe(503)
    expect(Number(reply.header('retry-after'))).toBeGreaterThan(0)
    expect(reply.json()).toMatchObject({ reason: 'paywall.rate_stale' })
    expect(reply.headers('www-authenticate')).toEqual([])
    expect(await asked('/tides')).toEqual({ status: 402, sats: 210 })
    await rate(80_000n, 290)
    expect((await asked()).status).toBe(402)
  })

  test('rates grow too old by themselves, with nobody reading anew', async () => {
    await rate(80_000n, 299)
    gateway.clock.move(2_000)
    expect((await asked()).status).toBe(503)
    expect((await asked('/tides')).status).toBe(402)
  })

  test('who has paid reads on, and who has an open invoice gets it again', async () => {
    const purchase = await gateway.buy('/euros')
    const open = (await gateway.ask('/euros')).json()
    await rate(80_000n, 301)
    expect((await gateway.ask('/euros', { headers: { Authorization: purchase.authorization } })).status).toBe(200)
    const again = await gateway.ask('/euros', { headers: { Authorization: `L402 ${open.macaroon}` } })
    expect([again.status, again.json().invoice]).toEqual([402, open.invoice])
  })
})

describe('sats', () => {
  const page = async (language: string | null) => {
    const headers = { Accept: 'text/html', ...(language && { 'Accept-Language': language }) }
    const reply = await gateway.ask('/tides', { headers })
    return reply.text
  }

  test('have what they are worth beside them, in the currency of who reads, on the ticket and in a 402', async () => {
    expect(await page('de-DE,de;q=0.9')).toContain('≈ €0.17')
    expect(await page('en-US')).toContain('≈ $0.17')
    expect(await page(null)).toContain('≈ $0.17')
    const reply = await gateway.ask('/tides', { headers: { 'Accept-Language': 'de' } })
    expect(reply.json().fiat).toMatchObject({ currency: 'EUR', amount: '0.17' })
  })

  test('stand alone where no rate of that currency is of now', async () => {
    expect(await page('ja')).not.toContain('≈')
    await rate(80_000n, 301)
    expect(await page('de')).not.toContain('≈')
    expect((await gateway.ask('/tides')).json()).not.toHaveProperty('fiat')
    const stale = await gateway.ask('/euros', { headers: { Accept: 'text/html' } })
    expect(stale.text).toContain('The price is not known at the moment')
  })
})

describe('setting a price', () => {
  test.each([
    ['', 'Write a price'],
    ['0', 'at least 0.01 EUR'],
    ['-1', 'negative'],
    ['0,50', 'with a point'],
    ['1e30', 'in digits'],
    ['٣', 'in digits'],
    ['0.005', 'at most 2 digits'],
    ['999999999999', 'at most 4,000,000 sats'],
    [' 1', 'in digits'],
  ])('in euros refuses %j with a sentence for its field', async (text, sentence) => {
    expect(await price(text, 'EUR')).toMatchObject({
      kind: 'invalid',
      fields: { price: expect.stringContaining(sentence) },
    })
  })

  test('refuses a currency of which no rate is known, and one that is none', async () => {
    expect(await price('5', 'NOK')).toMatchObject({
      fields: { price: expect.stringContaining('No exchange rate of NOK') },
    })
    expect(await price('5', 'BTC')).toMatchObject({ fields: { price: 'Choose a currency from the list.' } })
    expect(await price('1.5', 'JPY')).toMatchObject({ fields: { price: 'A price in JPY is a whole number.' } })
  })

  test('along with a publishing that repeats the sats it was shown as leaves it in euros', async () => {
    const prices = { creatorId: gateway.creatorId, offer: { resourceId: euros.resourceId } }
    const newest = () =>
      gateway.database.owner.client.price.findFirstOrThrow({ where: prices, orderBy: { version: 'desc' } })
    const { amountMsat, version } = await newest()
    const repeat = (msats: Msat) =>
      gateway.database.web.asCreator(gateway.creatorId, (tx) =>
        writePrice(tx, key(), { amountMsat: msats, keepsFiat: true }),
      )
    expect(await repeat(msat(amountMsat))).toMatchObject({ kind: 'replayed', version })
    expect(await repeat(msat(amountMsat + 1000n))).toMatchObject({ kind: 'applied' })
    expect(await newest()).toMatchObject({ fiatCurrency: null, version: version + 1 })
    expect(await price('0.50', 'EUR')).toMatchObject({ kind: 'applied' })
  })

  test('to what it is already adds no version, also at another rate; to sats does', async () => {
    await rate(70_000n)
    expect(await price('0.50', 'EUR')).toMatchObject({ kind: 'replayed' })
    expect(await price('0.60', 'EUR')).toMatchObject({ kind: 'applied' })
    expect(await price('210')).toMatchObject({ kind: 'applied' })
    await gateway.changed()
    expect(await asked()).toEqual({ status: 402, sats: 210 })
  })
})
