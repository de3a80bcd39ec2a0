/** What every Lightning backend must do, told against any node that can be paid at; each backend's test file runs it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { readInvoice } from '#lib/l402/bolt11.ts'
import { asPaymentHash, opens } from '#lib/l402/preimage.ts'
import type { InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { msat } from '#lib/money.ts'
import { until } from '#tests/support/until.ts'

export interface ContractWorld {
  readonly backend: LightningBackend
  readonly network: string
  /** Pays as a stranger would; answers the preimage in hex. */
  pay(invoice: string): Promise<string>
  close(): Promise<void>
}

const ORDER = { amountMsat: msat(210_000n), memo: 'satstile test: Tides', expirySeconds: 900 }

export function describeLightningBackend(name: string, open: () => Promise<ContractWorld>): void {
  describe(`a Lightning backend: ${name}`, () => {
    let world: ContractWorld
    beforeAll(async () => {
      world = await open()
    })
    afterAll(() => world?.close())
    creationContract(() => world)
    lookupContract(() => world)
    watchContract(() => world)
  })
}

function creationContract(world: () => ContractWorld): void {
  test('an invoice says what was asked', async () => {
    const { backend, network } = world()
    const before = Date.now()
    const created = await backend.createInvoice(ORDER)
    const invoice = readInvoice(created.invoice)
    expect(invoice?.network).toBe(network)
    expect(invoice?.amountMsat).toBe(ORDER.amountMsat)
    expect(invoice?.paymentHash).toEqual(created.paymentHash)
    const expiresAt = Number(invoice?.expiresAt)
    expect(Math.abs(expiresAt - before - ORDER.expirySeconds * 1000)).toBeLessThan(5_000)
  })

  test('every invoice has a payment hash of its own, and a place of its own in the list', async () => {
    const created = await Promise.all(Array.from({ length: 20 }, () => world().backend.createInvoice(ORDER)))
    expect(new Set(created.map((one) => Buffer.from(one.paymentHash).toString('hex'))).size).toBe(20)
    expect(new Set(created.map((one) => one.listCursor)).size).toBe(20)
  })

  test('an invoice without amount is never asked for', async () => {
    await expect(world().backend.createInvoice({ ...ORDER, amountMsat: msat(0n) })).rejects.toThrow('above zero')
  })

  test('a part of a satoshi is kept to the millisatoshi, also far above what a double holds', async () => {
    const { backend } = world()
    const amountMsat = msat(9_007_199_254_740_993n)
    const created = await backend.createInvoice({ ...ORDER, amountMsat })
    expect(readInvoice(created.invoice)?.amountMsat).toBe(amountMsat)
  })

  test('its id names its kind and stays the same', async () => {
    const id = await world().backend.getId()
    expect(id).toMatch(/^[a-z]{2,16}:[!-~]{1,200}$/)
    expect(await world().backend.getId()).toBe(id)
  })

  test('cursors sort as text in the order in which invoices were made', async () => {
    const cursors: string[] = []
    for (let n = 0; n < 12; n += 1) cursors.push((await world().backend.createInvoice(ORDER)).listCursor)
    expect(cursors.toSorted()).toEqual(cursors)
    for (const cursor of cursors) expect(cursor).toMatch(/^[!-~]{1,64}$/)
  })
}

function lookupContract(world: () => ContractWorld): void {
  test('an unpaid invoice is open, received nothing, and reveals no preimage', async () => {
    const { backend } = world()
    const created = await backend.createInvoice(ORDER)
    const found = await backend.lookupInvoice(created.paymentHash)
    expect(found).toMatchObject({
      state: 'open',
      receivedMsat: 0n,
      settleCursor: null,
      settledAt: null,
      memo: ORDER.memo,
    })
    expect(found?.listCursor).toBe(created.listCursor)
    expect(await backend.revealPreimage(created.paymentHash)).toBeNull()
  })

  test('a paid invoice is settled with what arrived, and reveals the preimage that opens its hash', async () => {
    const { backend, pay } = world()
    const created = await backend.createInvoice(ORDER)
    const preimage = await pay(created.invoice)
    const found = await backend.lookupInvoice(created.paymentHash)
    expect(found).toMatchObject({ state: 'settled', receivedMsat: ORDER.amountMsat })
    expect(found?.settleCursor).toMatch(/^[!-~]{1,64}$/)
    expect(found?.settledAt).toBeInstanceOf(Date)
    const revealed = await backend.revealPreimage(created.paymentHash)
    expect(Buffer.from(revealed ?? []).toString('hex')).toBe(preimage)
    expect(revealed !== null && opens(sha256, revealed, created.paymentHash)).toBe(true)
  })

  test('a hash the node never saw is null, not a fault', async () => {
    const stranger = asPaymentHash(new Uint8Array(32).fill(7))
    expect(await world().backend.lookupInvoice(stranger)).toBeNull()
    expect(await world().backend.revealPreimage(stranger)).toBeNull()
  })

  test('pages of the list follow each other without a gap and end', async () => {
    const { backend } = world()
    let after: string | null = (await backend.createInvoice(ORDER)).listCursor
    const created = await Promise.all(Array.from({ length: 7 }, () => backend.createInvoice(ORDER)))
    const seen: InvoiceUpdate[] = []
    for (;;) {
      const page: Awaited<ReturnType<LightningBackend['listInvoices']>> = await backend.listInvoices({
        after,
        limit: 3,
      })
      if (page.invoices.length === 0) break
      seen.push(...page.invoices)
      after = page.next
    }
    const listed = seen.map((one) => one.listCursor)
    expect(listed).toEqual(listed.toSorted())
    for (const one of created) expect(listed).toContain(one.listCursor)
    expect((await backend.listInvoices({ after, limit: 3 })).next).toBe(after)
  })

  test('the list begins with the first invoice of all', async () => {
    const { backend } = world()
    await backend.createInvoice(ORDER)
    const [first, ...others] = (await backend.listInvoices({ after: null, limit: 10_000 })).invoices
    expect(others.every((one) => one.listCursor > (first?.listCursor ?? ''))).toBe(true)
    expect((await backend.listInvoices({ after: null, limit: 1 })).invoices).toEqual([first])
  })

  test('no answer of the port has a preimage in it', async () => {
    const { backend, pay } = world()
    const { listCursor: after } = await backend.createInvoice(ORDER)
    const created = await backend.createInvoice(ORDER)
    const preimage = await pay(created.invoice)
    const found = await backend.lookupInvoice(created.paymentHash)
    const page = await backend.listInvoices({ after, limit: 1 })
    const text = JSON.stringify([found, page.invoices], (_, value) =>
      typeof value === 'bigint'
        ? String(value)
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : value,
    )
    expect(text).toContain(Buffer.from(created.paymentHash).toString('hex'))
    expect(text).not.toContain(preimage)
  })
}

/** Follows a subscription in the background; `seen` grows, `ended` holds what ended it. */
function follow(backend: LightningBackend, after: string | null) {
  const stop = new AbortController()
  const seen: InvoiceUpdate[] = []
  let isOpen = false
  const run = async () => {
    const onOpen = () => {
      isOpen = true
    }
    for await (const update of backend.watchInvoices({ after, signal: stop.signal, onOpen })) seen.push(update)
  }
  const ended = run().then(
    () => null,
    (cause: unknown) => cause,
  )
  return { seen, ended, stop: () => stop.abort(), opened: () => until('the subscription is open', () => isOpen) }
}

function watchContract(world: () => ContractWorld): void {
  const sell = async () => {
    const created = await world().backend.createInvoice(ORDER)
    await world().pay(created.invoice)
    const settled = await world().backend.lookupInvoice(created.paymentHash)
    return { paymentHash: created.paymentHash, settleCursor: settled?.settleCursor ?? '' }
  }
  const has = (seen: InvoiceUpdate[], hash: Uint8Array) =>
    seen.some((update) => Buffer.compare(update.paymentHash, hash) === 0)

  test('a settlement after the subscription stands is told', async () => {
    const following = follow(world().backend, null)
    await following.opened()
    const sold = await sell()
    await until('the settlement is told', () => has(following.seen, sold.paymentHash))
    expect(following.seen.every((update) => update.state === 'settled' && update.settleCursor !== null)).toBe(true)
    following.stop()
    expect(await following.ended).toBeNull()
  })

  test('settlements after the cursor are replayed, those at or before it are not', async () => {
    const [first, second, third] = [await sell(), await sell(), await sell()]
    const following = follow(world().backend, first.settleCursor)
    await until('the last one is replayed', () => has(following.seen, third.paymentHash))
    expect(has(following.seen, second.paymentHash)).toBe(true)
    expect(has(following.seen, first.paymentHash)).toBe(false)
    following.stop()
    await following.ended
  })

  test('no cursor replays nothing', async () => {
    const before = await sell()
    const following = follow(world().backend, null)
    await following.opened()
    const after = await sell()
    await until('the live one is told', () => has(following.seen, after.paymentHash))
    expect(has(following.seen, before.paymentHash)).toBe(false)
    following.stop()
    await following.ended
  })

  test('a watch that was aborted before it began ends at once and quietly', async () => {
    const stop = new AbortController()
    stop.abort()
    const updates: InvoiceUpdate[] = []
    const watching = world().backend.watchInvoices({ after: null, signal: stop.signal })
    for await (const update of watching) updates.push(update)
    expect(updates).toEqual([])
  })
}
