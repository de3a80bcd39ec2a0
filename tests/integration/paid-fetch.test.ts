/** The client package buys over real HTTP with real invoices, once, and never what it should not. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { msat, satsToMsat } from '#lib/money.ts'
import {
  ClientFault,
  createBudget,
  createDemoWalletPayer,
  createFileStore,
  createMemoryStore,
  createPaidFetch,
  PaidFault,
  type PaidRequest,
  type Purchase,
  type TokenStore,
} from '#packages/client/index.ts'
import type { TestNode } from '#tests/support/dev-node.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type PayingShop, startShopWithNode, type Trick } from '#tests/support/paying-shop.ts'

let node: TestNode
let opened: Awaited<ReturnType<typeof startShopWithNode>>
let shop: PayingShop
let folder: string
/** Invoices that were paid, in order. */
let payments: string[]

const pay = async (invoice: string) => {
  payments.push(invoice)
  return createDemoWalletPayer({ walletUrl: node.walletUrl, fetch })(invoice)
}
const fetchLocally = (url: string, init: PaidRequest) => localFetch(url, { ...init, redirect: 'follow' })
const buyer = (
  overrides: Partial<Parameters<typeof createPaidFetch<Awaited<ReturnType<typeof fetchLocally>>>>[0]> = {},
) => createPaidFetch({ fetch: fetchLocally, pay, ...overrides })

beforeAll(async () => {
  opened = await startShopWithNode()
  ;({ node, shop } = opened)
})
afterAll(() => opened.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-client-'))
  payments = []
  shop.trick = 'none'
  shop.priceMsat = 210_000n
  shop.log.length = 0
  return () => rmSync(folder, { recursive: true, force: true })
})

describe('buying', () => {
  test('a 402 is paid once and the page comes', async () => {
    const response = await buyer()(`${shop.url}/tides`)
    expect([response.status, await response.text()]).toEqual([200, 'the whole of /tides'])
    expect(payments).toHaveLength(1)
    expect(shop.log).toEqual(['/tides 402', '/tides 200'])
  })

  test('what was bought is not paid again', async () => {
    const paidFetch = buyer()
    await paidFetch(`${shop.url}/tides`)
    expect((await paidFetch(`${shop.url}/tides`)).status).toBe(200)
    expect(payments).toHaveLength(1)
  })

  test('a second page of the same host is added to the first: both stay open without buying in turn', async () => {
    const paidFetch = buyer()
    for (const path of ['/tides', '/storms', '/tides', '/storms']) {
      expect((await paidFetch(shop.url + path)).status).toBe(200)
    }
    expect(payments).toHaveLength(2)
  })

  test('ten calls at once for one page pay once', async () => {
    const paidFetch = buyer()
    const responses = await Promise.all(Array.from({ length: 10 }, () => paidFetch(`${shop.url}/tides`)))
    expect(responses.map((response) => response.status)).toEqual(Array(10).fill(200))
    expect(payments).toHaveLength(1)
  })

  test('a body is sent again with the payment', async () => {
    const response = await buyer()(`${shop.url}/tides`, { method: 'POST', body: 'question' })
    expect(response.status).toBe(200)
  })

  test('a token bought behind a redirect belongs to the host it came from', async () => {
    const store = createMemoryStore()
    const response = await buyer({ store })(`${shop.url}/moved`)
    expect(response.status).toBe(200)
    expect(store.list().map((token) => token.host)).toEqual([`other.localhost:${shop.port}`])
  })
})

describe('not buying', () => {
  const refuses = async (reason: string, overrides: Parameters<typeof buyer>[0] = {}) => {
    const cause: unknown = await buyer(overrides)(`${shop.url}/tides`).catch((thrown: unknown) => thrown)
    expect(cause).toBeInstanceOf(ClientFault)
    expect(cause).toMatchObject({ reason })
  }
  const trick = (name: Trick) => {
    shop.trick = name
  }

  test('an invoice whose hash is not in the token is not paid', async () => {
    trick('foreign invoice')
    await refuses('invoice-foreign')
    expect(payments).toEqual([])
  })

  test('more than a purchase may cost is not paid, up to that it is', async () => {
    const budget = createBudget({ perPurchaseMsat: msat(209_999n) })
    await refuses('over-cap', { budget })
    expect([payments, budget.spentMsat]).toEqual([[], 0n])
    const enough = createBudget({ perPurchaseMsat: msat(210_000n) })
    expect((await buyer({ budget: enough })(`${shop.url}/tides`)).status).toBe(200)
    expect(enough.spentMsat).toBe(210_000n)
  })

  test('without a budget of its own nothing above 1,000 sats is paid', async () => {
    shop.priceMsat = 1_000_001n
    await refuses('over-cap')
  })

  test('the total ends the spending', async () => {
    const paidFetch = buyer({
      budget: createBudget({ perPurchaseMsat: satsToMsat(1_000), totalMsat: satsToMsat(300) }),
    })
    expect((await paidFetch(`${shop.url}/tides`)).status).toBe(200)
    await expect(paidFetch(`${shop.url}/storms`)).rejects.toMatchObject({ reason: 'over-budget' })
    expect(payments).toHaveLength(1)
  })

  test('a challenge at another status than 402 is never paid', async () => {
    trick('challenge at 401')
    expect((await buyer()(`${shop.url}/tides`)).status).toBe(401)
    expect(payments).toEqual([])
  })

  test('a 402 without a challenge says so', async () => {
    trick('no challenge')
    await refuses('no-l402-challenge')
    await expect(buyer()(`${shop.url}/tides`)).rejects.toThrow('a way that is not L402, so nothing was paid')
  })

  test('a second 402 is answered, not paid', async () => {
    trick('always 402')
    expect((await buyer()(`${shop.url}/tides`)).status).toBe(402)
    expect(payments).toHaveLength(1)
  })

  test('a wallet that fails and one that lies are told apart, and what was set aside stays spent', async () => {
    const budget = createBudget({ perPurchaseMsat: satsToMsat(1_000) })
    await refuses('payment-failed', { budget, pay: () => Promise.reject(new TypeError('no route')) })
    await refuses('preimage-mismatch', { budget, pay: async () => '00'.repeat(32) })
    expect(budget.spentMsat).toBe(420_000n)
  })

  test('the caller cannot slip an Authorization of its own past the token', async () => {
    await expect(buyer()(`${shop.url}/tides`, { headers: { authorization: 'Bearer x' } })).rejects.toThrow(TypeError)
    expect(shop.log).toEqual([])
  })
})

describe('paid, and then something fails', () => {
  const full: TokenStore = {
    find: async () => null,
    save: () => Promise.reject(new TypeError('the store is full')),
  }
  const fail = async (overrides: Parameters<typeof buyer>[0] = {}) => {
    const fault: unknown = await buyer(overrides)(`${shop.url}/tides`).catch((thrown: unknown) => thrown)
    if (!(fault instanceof PaidFault)) throw new TypeError(`expected a PaidFault, got ${inspect(fault)}`)
    return fault
  }

  test('a connection lost after the payment hands the caller a credential that opens the page', async () => {
    shop.trick = 'drops when paid'
    const fault = await fail()
    expect([fault.reason, payments.length]).toEqual(['failed-after-payment', 1])
    shop.trick = 'none'
    const headers = { Authorization: `L402 ${fault.revealCredential()}` }
    expect((await localFetch(`${shop.url}/tides`, { headers })).status).toBe(200)
  })

  test('a connection lost before the payment is no such fault, and nothing is paid', async () => {
    const cause: unknown = await buyer()('http://127.0.0.1:1/').catch((thrown: unknown) => thrown)
    expect(cause).toBeInstanceOf(Error)
    expect(cause).not.toBeInstanceOf(ClientFault)
    expect(payments).toEqual([])
  })

  test('the fault shows its credential to nobody who prints, serialises or spreads it', async () => {
    shop.trick = 'drops when paid'
    const fault = await fail()
    const [macaroon = '', preimage = ''] = fault.revealCredential().split(':')
    const printed = [
      inspect(fault, { showHidden: true, depth: 9, getters: true }),
      JSON.stringify(fault),
      JSON.stringify({ ...fault }),
      `${fault.stack} ${fault}`,
      inspect(structuredClone(fault), { showHidden: true, depth: 9 }),
    ]
    for (const text of printed) {
      expect(text).not.toContain(preimage)
      expect(text).not.toContain(macaroon)
    }
    expect(preimage).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a store that fails all the same keeps neither the page nor the credential from the caller', async () => {
    const purchases: Purchase[] = []
    const paidFetch = buyer({ store: full, onPaid: (purchase) => purchases.push(purchase) })
    const response = await paidFetch(`${shop.url}/tides`)
    expect([response.status, await response.text()]).toEqual([200, 'the whole of /tides'])
    expect(purchases.map((one) => one.unkept)).toEqual([{ cause: new TypeError('the store is full') }])
    const headers = { Authorization: `L402 ${purchases[0]?.credential}` }
    expect((await localFetch(`${shop.url}/tides`, { headers })).status).toBe(200)
  })

  test('a store that keeps the token is not reported', async () => {
    const purchases: Purchase[] = []
    await buyer({ onPaid: (purchase) => purchases.push(purchase) })(`${shop.url}/tides`)
    expect(purchases.map((one) => one.unkept)).toEqual([null])
  })

  test('what a store did not take is not paid again by the same client', async () => {
    const paidFetch = buyer({ store: full })
    for (const path of ['/tides', '/tides', '/storms', '/tides']) {
      expect((await paidFetch(shop.url + path)).status).toBe(200)
    }
    expect(payments).toHaveLength(2)
  })

  test('a caller who throws when told of the payment still gets the credential', async () => {
    const told = new TypeError('the ledger is closed')
    const fault = await fail({
      onPaid: () => {
        throw told
      },
    })
    expect(fault.cause).toBe(told)
    expect(fault.revealCredential()).toContain(':')
  })

  test('a request that was given up before the payment is not paid', async () => {
    const giveUp = new AbortController()
    const store: TokenStore = { ...createMemoryStore(), prepare: async () => giveUp.abort() }
    const buying = buyer({ store })(`${shop.url}/tides`, { signal: giveUp.signal })
    await expect(buying).rejects.toMatchObject({ name: 'AbortError' })
    expect(payments).toEqual([])
  })

  test('a request that was given up during the payment hands out its credential', async () => {
    const giveUp = new AbortController()
    const slowly = async (invoice: string) => {
      const preimage = await pay(invoice)
      giveUp.abort()
      return preimage
    }
    const buying = buyer({ pay: slowly })(`${shop.url}/tides`, { signal: giveUp.signal })
    await expect(buying).rejects.toBeInstanceOf(PaidFault)
    expect(payments).toHaveLength(1)
  })
})

describe('a store in a file', () => {
  // The tests may run as root, whom no mode of a folder stops: what is not a folder stops everybody.
  test('a file that cannot be written is refused before the payment, with what to do', async () => {
    const budget = createBudget({ perPurchaseMsat: satsToMsat(1_000) })
    for (const path of [join(folder, 'missing/tokens.json'), join(folder, 'n'.repeat(240))]) {
      const buying = buyer({ store: createFileStore(path), budget })(`${shop.url}/tides`)
      await expect(buying).rejects.toMatchObject({ reason: 'store-unwritable' })
      await expect(buying).rejects.toThrow(`${path} cannot be written`)
    }
    expect([payments, budget.spentMsat]).toEqual([[], 0n])
    mkdirSync(join(folder, 'missing'))
    const store = createFileStore(join(folder, 'missing/tokens.json'))
    expect((await buyer({ store })(`${shop.url}/tides`)).status).toBe(200)
  })

  test('a folder in the place of the file is refused before the payment and left as it is', async () => {
    await expect(buyer({ store: createFileStore(folder) })(`${shop.url}/tides`)).rejects.toMatchObject({
      reason: 'store-unreadable',
    })
    expect([payments, readdirSync(folder)]).toEqual([[], []])
  })

  test('the proof before a payment changes no token, and a refused payment leaves the file usable', async () => {
    const path = join(folder, 'tokens.json')
    await buyer({ store: createFileStore(path) })(`${shop.url}/tides`)
    const before = readFileSync(path, 'utf8')
    const refusing = buyer({ store: createFileStore(path), pay: () => Promise.reject(new TypeError('no route')) })
    await expect(refusing(`${shop.url}/storms`)).rejects.toMatchObject({ reason: 'payment-failed' })
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  test('two that keep their tokens in one file keep each other’s, and read what the other bought', async () => {
    const path = join(folder, 'tokens.json')
    const [one, other] = [buyer({ store: createFileStore(path) }), buyer({ store: createFileStore(path) })]
    await one(`${shop.url}/tides`)
    await other(`http://other.localhost:${shop.port}/storms`)
    await other(`${shop.url}/tides`)
    await one(`http://other.localhost:${shop.port}/storms`)
    expect(payments).toHaveLength(2)
  })

  test('the next process reads on without paying, and only the owner can read the file', async () => {
    const path = join(folder, 'tokens.json')
    await buyer({ store: createFileStore(path) })(`${shop.url}/tides`)
    expect((await buyer({ store: createFileStore(path) })(`${shop.url}/tides`)).status).toBe(200)
    expect(payments).toHaveLength(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  test('a larger token takes the place of those it covers', async () => {
    const path = join(folder, 'tokens.json')
    const paidFetch = buyer({ store: createFileStore(path) })
    await paidFetch(`${shop.url}/tides`)
    await paidFetch(`${shop.url}/storms`)
    const { tokens } = JSON.parse(readFileSync(path, 'utf8')) as { tokens: { services: string[] }[] }
    expect(tokens.map((token) => token.services)).toEqual([['k3h-tides', 'k3h-storms']])
  })

  test('a file that is no token store is neither used nor overwritten', async () => {
    const path = join(folder, 'tokens.json')
    writeFileSync(path, '{"tokens": "all of them"}')
    await expect(buyer({ store: createFileStore(path) })(`${shop.url}/tides`)).rejects.toThrow('not a token store')
    expect(readFileSync(path, 'utf8')).toBe('{"tokens": "all of them"}')
    expect(payments).toEqual([])
  })
})
