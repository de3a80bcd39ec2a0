/** Every family of clients finds macaroon and invoice in the 402 of a running gateway, and nothing in a 402 that is spoiled for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { FAMILIES, type Read402, type Seen402 } from './client-families.ts'

let gateway: TestGateway
let seen: Seen402
let told: Read402

beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.changed()
  const reply = await gateway.ask('/tides')
  const { macaroon, invoice } = reply.json() as { macaroon: string; invoice: string }
  told = { macaroon, invoice }
  seen = {
    status: reply.status,
    lines: reply.headers('www-authenticate'),
    contentType: reply.header('content-type') ?? '',
    body: reply.text,
  }
})

afterAll(() => gateway?.close())

describe.each(Object.entries(FAMILIES))('%s', (_name, read) => {
  it('finds the macaroon and the invoice', () => {
    expect(read(seen)).toEqual(told)
  })

  it('finds them also when several lines of the header were joined', () => {
    expect(read({ ...seen, lines: [[...seen.lines, 'Payment id="x", realm="y"'].join(', ')] })).not.toBeNull()
  })

  it('finds nothing where there is no invoice', () => {
    const lines = seen.lines.map((line) => line.replace(/invoice="[^"]*"/, 'invoice=""'))
    expect(read({ ...seen, lines, body: '{"macaroon":"AgE="}' })).toBeNull()
  })
})
