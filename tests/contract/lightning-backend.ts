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

  test('every invoice has a payment hash of its own, and add indexes rise', async () => {
    const created = await Promise.all(Array.from({ length: 20 }, () => world().backend.createInvoice(ORDER)))
    expect(new Set(created.map((one) => Buffer.from(one.paymentHash).toString('hex'))).size).toBe(20)
    expect(new Set(created.map((one) => one.addIndex)).size).toBe(20)
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

  test('the node key is 33 bytes and stays the same', async () => {
    const key = await world().backend.getNodeKey()
    expect(key).toHaveLength(33)
    expect(await world().backend.getNodeKey()).toEqual(key)
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
      settleIndex: null,
      settledAt: null,
      memo: ORDER.memo,
    })
    expect(found?.addIndex).toBe(created.addIndex)
    expect(await backend.revealPreimage(created.paymentHash)).toBeNull()
  })

  test('a paid invoice is settled with what arrived, and reveals the preimage that opens its hash', async () => {
    const { backend, pay } = world()
    const created = await backend.createInvoice(ORDER)
    const preimage = await pay(created.invoice)
    const found = await backend.lookupInvoice(created.paymentHash)
    expect(found).toMatchObject({ state: 'settled', receivedMsat: ORDER.amountMsat })
    expect(found?.settleIndex).toBeGreaterThan(0n)
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
    const created = await Promise.all(Array.from({ length: 7 }, () => backend.createInvoice(ORDER)))
    const [first = 0n] = created.map((one) => one.addIndex).sort((a, b) => Number(a - b))
    const seen: InvoiceUpdate[] = []
    let after = first - 1n
    for (;;) {
      const page = await backend.listInvoices({ afterAddIndex: after, limit: 3 })
      if (page.invoices.length === 0) break
      seen.push(...page.invoices)
      after = page.lastAddIndex
    }
    const listed = seen.map((one) => one.addIndex)
    expect(listed).toEqual([...listed].sort((a, b) => Number(a - b)))
    for (const one of created) expect(listed).toContain(one.addIndex)
    expect((await backend.listInvoices({ afterAddIndex: after, limit: 3 })).lastAddIndex).toBe(after)
  })

  test('no answer of the port has a preimage in it', async () => {
    const { backend, pay } = world()
    const created = await backend.createInvoice(ORDER)
    const preimage = await pay(created.invoice)
    const found = await backend.lookupInvoice(created.paymentHash)
    const page = await backend.listInvoices({ afterAddIndex: created.addIndex - 1n, limit: 1 })
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
function follow(backend: LightningBackend, afterSettleIndex: bigint) {
  const stop = new AbortController()
  const seen: InvoiceUpdate[] = []
  let isOpen = false
  const run = async () => {
    const onOpen = () => {
      isOpen = true
    }
    for await (const update of backend.watchInvoices({ afterSettleIndex, signal: stop.signal, onOpen }))
      seen.push(update)
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
    return { paymentHash: created.paymentHash, settleIndex: settled?.settleIndex ?? 0n }
  }
  const has = (seen: InvoiceUpdate[], hash: Uint8Array) =>
    seen.some((update) => Buffer.compare(update.paymentHash, hash) === 0)

  test('a settlement after the subscription stands is told', async () => {
    const following = follow(world().backend, 0n)
    await following.opened()
    const sold = await sell()
    await until('the settlement is told', () => has(following.seen, sold.paymentHash))
    expect(following.seen.every((update) => update.state === 'settled' && update.settleIndex !== null)).toBe(true)
    following.stop()
    expect(await following.ended).toBeNull()
  })

  test('settlements above the index are replayed, those at or below it are not', async () => {
    const [first, second, third] = [await sell(), await sell(), await sell()]
    const following = follow(world().backend, first.settleIndex)
    await until('the last one is replayed', () => has(following.seen, third.paymentHash))
    expect(has(following.seen, second.paymentHash)).toBe(true)
    expect(has(following.seen, first.paymentHash)).toBe(false)
    following.stop()
    await following.ended
  })

  test('index 0 replays nothing', async () => {
    const before = await sell()
    const following = follow(world().backend, 0n)
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
    const watching = world().backend.watchInvoices({ afterSettleIndex: 0n, signal: stop.signal })
    for await (const update of watching) updates.push(update)
    expect(updates).toEqual([])
  })
}
