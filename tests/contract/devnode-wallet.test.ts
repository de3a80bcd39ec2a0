/** The demo wallet pays once, says what is wrong by field, and answers nobody but pages and programs of this machine. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreatedInvoice, LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { msat } from '#lib/money.ts'
import { type PaymentAnswer, startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

let node: TestNode
let backend: LightningBackend
let unknownInvoice: string

const connect = (to: TestNode): LightningBackend =>
  createLndBackend({
    socket: to.socket,
    cert: to.read('tls.cert'),
    macaroon: to.read('invoice.macaroon'),
    network: 'regtest',
    log: silentLog,
  })
const order = (amountMsat = 210_000n): Promise<CreatedInvoice> =>
  backend.createInvoice({ amountMsat: msat(amountMsat), memo: 'satstile <b>Tides</b>', expirySeconds: 900 })
const readState = async () =>
  (await (await fetch(`${node.walletUrl}/state`)).json()) as {
    balance_msat: string
    payments: { payment_hash: string }[]
  }
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

beforeAll(async () => {
  node = await startTestNode()
  backend = connect(node)
  const other = await startTestNode()
  const stranger = connect(other)
  unknownInvoice = (await stranger.createInvoice({ amountMsat: msat(1_000n), memo: '', expirySeconds: 60 })).invoice
  stranger.close()
  await other.close()
})
afterAll(async () => {
  backend.close()
  await node.close()
})

describe('paying', () => {
  test('the answer is preimage, payment hash and amount, and the preimage opens the hash', async () => {
    const created = await order()
    const response = await node.post('/pay', { invoice: created.invoice })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    const answer = (await response.json()) as PaymentAnswer
    expect(Object.keys(answer)).toEqual(['preimage', 'payment_hash', 'amount_msat'])
    expect(answer.payment_hash).toBe(hex(created.paymentHash))
    expect(createHash('sha256').update(Buffer.from(answer.preimage, 'hex')).digest('hex')).toBe(answer.payment_hash)
    expect(answer.amount_msat).toBe('210000')
  })

  test('twenty at once pay once and get the same preimage, and so does one who asks later', async () => {
    const before = BigInt((await readState()).balance_msat)
    const created = await order()
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.pay(created.invoice)))
    answers.push(await node.pay(created.invoice))
    expect(new Set(answers.map((answer) => answer.preimage)).size).toBe(1)
    expect(before - BigInt((await readState()).balance_msat)).toBe(210_000n)
  })

  test('capitals, blanks and the lightning: scheme do not matter', async () => {
    const created = await order()
    const answer = await node.pay(`  lightning:${created.invoice.toUpperCase()}\n`)
    expect(answer.payment_hash).toBe(hex(created.paymentHash))
  })

  test('curl without a content type is understood', async () => {
    const created = await order()
    const response = await fetch(`${node.walletUrl}/pay`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: JSON.stringify({ invoice: created.invoice }),
    })
    expect(response.status).toBe(200)
  })

  test('the form of the page without JavaScript pays and leads to a page that says so', async () => {
    const created = await order()
    const body = new URLSearchParams({ invoice: created.invoice })
    const response = await fetch(`${node.walletUrl}/pay`, { method: 'POST', body, redirect: 'manual' })
    expect(response.status).toBe(303)
    const page = await (await fetch(new URL(response.headers.get('location') ?? '', node.walletUrl))).text()
    expect(page).toContain('Paid 210 sats.')
    expect(page).toContain('satstile &lt;b&gt;Tides&lt;/b&gt;')
    const refused = await fetch(`${node.walletUrl}/pay`, {
      method: 'POST',
      body: new URLSearchParams({ invoice: '"><b>' }),
    })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain('&quot;&gt;&lt;b&gt;')
  })
})

describe('refusing', () => {
  const refuses = async (body: unknown, status: number, field: string | undefined) => {
    const before = (await readState()).balance_msat
    const response = await node.post('/pay', body)
    const answer = (await response.json()) as { error: string; field?: string; message: string }
    expect([response.status, answer.field]).toEqual([status, field])
    expect(answer.message.length).toBeGreaterThan(10)
    expect((await readState()).balance_msat).toBe(before)
  }

  test('a body that is no object with an invoice names what is missing', async () => {
    await refuses('text', 400, undefined)
    await refuses([], 400, undefined)
    await refuses({}, 422, 'invoice')
    await refuses({ invoice: 5 }, 422, 'invoice')
    await refuses({ invoice: '' }, 422, 'invoice')
  })

  test('text that is no invoice, and an invoice of another node, are named so', async () => {
    await refuses({ invoice: 'lnbcrt1qqq' }, 422, 'invoice')
    await refuses({ invoice: unknownInvoice }, 422, 'invoice')
  })

  test('an amount is whole millisatoshi in digits, and never less than asked', async () => {
    const { invoice } = await order()
    for (const amount of ['1e30', '-1', '1.5', '0', 210000, '٣']) {
      await refuses({ invoice, amount_msat: amount }, 422, 'amount_msat')
    }
    await refuses({ invoice, amount_msat: '209999' }, 422, 'amount_msat')
  })

  test('more than the wallet has is not paid', async () => {
    await refuses({ invoice: (await order(2_000_000_000_000_000n)).invoice }, 422, 'invoice')
  })

  test('a body larger than any invoice is cut off', async () => {
    expect((await node.post('/pay', { invoice: 'x'.repeat(20_000) })).status).toBe(413)
  })
})

describe('who may ask', () => {
  const payFrom = async (origin: string) => node.post('/pay', { invoice: (await order()).invoice }, { Origin: origin })

  test('reader pages on localhost may, and may read the answer', async () => {
    for (const origin of ['http://harbor.localhost:8402', 'http://localhost:3000', 'http://127.0.0.1:8402']) {
      const response = await payFrom(origin)
      expect(response.status).toBe(200)
      expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    }
  })

  test('pages of other sites may not, and pay nothing', async () => {
    const before = (await readState()).balance_msat
    for (const origin of ['https://example.com', 'http://localhost.example.com', 'http://notlocalhost', 'null']) {
      const response = await payFrom(origin)
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await readState()).balance_msat).toBe(before)
  })

  test('a page whose own name points here is refused by that name', async () => {
    const url = new URL(node.walletUrl)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asking = request(
        { host: url.hostname, port: url.port, path: '/state', headers: { Host: 'evil.example.com' } },
        (res) => {
          res.resume()
          resolve(res.statusCode)
        },
      )
      asking.once('error', reject).end()
    })
    expect(status).toBe(403)
  })

  test('the fault plan needs the key from the data folder', async () => {
    for (const headers of [{}, { 'X-Faults-Key': '0'.repeat(64) }]) {
      expect((await node.post('/faults', { locked: true }, headers)).status).toBe(403)
      expect((await fetch(`${node.walletUrl}/faults`, { headers })).status).toBe(403)
    }
    await node.disturb({ dropRate: 0 })
  })

  test('the page brings its own files and allows no others', async () => {
    const response = await fetch(`${node.walletUrl}/?invoice=lnbcrt1"><script>`)
    const page = await response.text()
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page).not.toContain('"><script>')
    expect(page.match(/(?:src|href)="(?!\/)/g)).toBeNull()
    for (const name of ['wallet.css', 'wallet.js', 'font.woff2', 'health']) {
      expect((await fetch(`${node.walletUrl}/${name}`)).status).toBe(200)
    }
    expect((await fetch(`${node.walletUrl}/nothing`)).status).toBe(404)
  })
})

describe('kill -9', () => {
  test('at any moment under load keeps every invoice that was answered and every payment that was told', async () => {
    const created: CreatedInvoice[] = []
    const paid: PaymentAnswer[] = []
    for (let round = 0; round < 3; round++) {
      const sellers = Array.from({ length: 8 }, async () => {
        for (;;) {
          const invoice = await order().catch(() => null)
          if (invoice === null) return
          created.push(invoice)
          const answer = await node.pay(invoice.invoice).catch(() => null)
          if (answer === null) return
          paid.push(answer)
        }
      })
      const target = paid.length + 15
      await until('some were sold', () => paid.length >= target)
      await node.kill()
      await Promise.all(sellers)
      await node.start()
      await until('the node is back', () => backend.getId())
      for (const answer of paid) {
        const found = await backend.lookupInvoice(
          Buffer.from(answer.payment_hash, 'hex') as unknown as CreatedInvoice['paymentHash'],
        )
        expect(found?.state).toBe('settled')
      }
      for (const { paymentHash, listCursor } of created)
        expect((await backend.lookupInvoice(paymentHash))?.listCursor).toBe(listCursor)
    }
    const { invoices } = await backend.listInvoices({ after: null, limit: 10_000 })
    const places = invoices.flatMap(({ settleCursor }) => (settleCursor === null ? [] : [settleCursor]))
    expect(new Set(places).size).toBe(places.length)
    const received = invoices.reduce((sum, invoice) => sum + invoice.receivedMsat, 0n)
    expect(1_000_000_000_000n - BigInt((await readState()).balance_msat)).toBe(received)
  })

  test('keeps key, certificate and macaroons, so that nobody has to be told', async () => {
    const id = await backend.getId()
    const files = ['tls.cert', 'tls.key', 'invoice.macaroon', 'read.macaroon', 'spend.macaroon']
    const before = files.map((name) => node.read(name))
    await node.kill()
    await node.start()
    expect(files.map((name) => node.read(name))).toEqual(before)
    expect(await until('the node is back', () => backend.getId())).toEqual(id)
  })
})
