/** A browser calls a gRPC service over the HTTP that it has: paid, unpaid, and what its page may read of both. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readChallenges } from '#lib/l402/challenge.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { startTalk, type TalkUpstream } from '#tests/support/grpc.ts'

let talk: TalkUpstream
let shop: ApiShop

beforeAll(async () => {
  talk = await startTalk()
  shop = await startApiShop([talk])
  await shop.sell({
    slug: 'talk',
    url: talk.url,
    protocol: 'grpc',
    rules: [ruleOf('all', '/demo.v1.Talk/**', { sats: 3, uses: 50 })],
  })
})
afterAll(async () => {
  await shop.close()
  await talk.close()
})

const PAGE = 'https://wallet.example'

function message(text: string): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, Buffer.from(text)])
}

/** As a page does it. */
function call(method: string, body: Buffer, form: 'web' | 'web-text', fields: Record<string, string> = {}) {
  const type = `application/grpc-${form}+proto`
  return fetch(`http://127.0.0.1:${shop.port}/demo.v1.Talk/${method}`, {
    method: 'POST',
    headers: { 'Content-Type': type, Accept: type, 'X-Grpc-Web': '1', Origin: PAGE, ...fields },
    body: form === 'web' ? new Uint8Array(body) : body.toString('base64'),
  })
}

async function buy(method: string): Promise<string> {
  const asked = await call(method, message('x'), 'web')
  const read = readChallenges([asked.headers.get('www-authenticate') ?? ''])
  if (read.kind === 'fault') throw new TypeError('no challenge')
  const { preimage } = await shop.node.pay(read.invoice)
  return `L402 ${Buffer.from(read.macaroon).toString('base64')}:${preimage}`
}

/** Frames, with the fields of the last one. */
function readFrames(bytes: Buffer): { messages: string[]; trailers: string } {
  const messages: string[] = []
  let trailers = ''
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
    const text = bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)).toString()
    if (bytes.readUInt8(at) === 0x80) trailers = text
    else messages.push(text)
  }
  return { messages, trailers }
}

test('the preflight allows what a page sends, and its answers what it must read', async () => {
  const preflight = await fetch(`http://127.0.0.1:${shop.port}/demo.v1.Talk/Say`, {
    method: 'OPTIONS',
    headers: {
      Origin: PAGE,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,x-grpc-web,x-user-agent',
    },
  })
  const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase()
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  for (const name of ['authorization', 'x-grpc-web', 'x-user-agent', 'grpc-timeout']) expect(allowed).toContain(name)
})

test.each(['web', 'web-text'] as const)(
  'unpaid, in the form %s: the status and the challenge are fields',
  async (form) => {
    const asked = await call('Say', message('x'), form)
    expect([asked.status, asked.headers.get('grpc-status'), asked.headers.get('grpc-message')]).toEqual([
      200,
      '13',
      'payment required',
    ])
    expect(asked.headers.get('content-type')).toBe(`application/grpc-${form}+proto`)
    expect(asked.headers.get('www-authenticate')).toMatch(
      /^LSAT macaroon="[^"]+", invoice="lnbcrt[^"]+", L402 macaroon=/,
    )
    expect(asked.headers.get('access-control-allow-origin')).toBe('*')
    const exposed = asked.headers.get('access-control-expose-headers') ?? ''
    for (const name of ['WWW-Authenticate', 'Grpc-Status', 'Grpc-Message', 'L402-Reason'])
      expect(exposed).toContain(name)
    expect(await asked.text()).toBe('')
  },
)

test.each(['web', 'web-text'] as const)(
  'paid, in the form %s: messages, then the trailers as the last frame',
  async (form) => {
    const Authorization = await buy('Count')
    const answered = await call('Count', message('3'), form, { Authorization })
    expect([answered.status, answered.headers.get('content-type')]).toEqual([200, `application/grpc-${form}+proto`])
    const bytes = Buffer.from(await answered.arrayBuffer())
    const text = bytes.toString().replace(/=+/g, (pad) => `${pad} `)
    const frames = readFrames(
      form === 'web' ? bytes : Buffer.concat(text.split(' ').map((part) => Buffer.from(part, 'base64'))),
    )
    expect(frames.messages).toEqual(['1', '2', '3'])
    expect(frames.trailers).toMatch(/^grpc-status: 0\r\n/)
    expect(talk.called.at(-1)?.getMap()['x-grpc-web']).toBeUndefined()
  },
)

test('what is no gRPC is told so, and takes no use', async () => {
  const Authorization = await buy('Say')
  const at = `http://127.0.0.1:${shop.port}/demo.v1.Talk/Say`
  const plain = await fetch(at, {
    method: 'POST',
    headers: { Authorization, 'Content-Type': 'application/json' },
    body: '{}',
  })
  expect([plain.status, plain.headers.get('l402-reason')]).toEqual([415, 'http.not_grpc'])
  expect((await fetch(at, { headers: { Authorization } })).status).toBe(405)
  const said = await call('Say', message('x'), 'web', { Authorization })
  expect(said.headers.get('l402-uses-remaining')).toBe('49')
  const unpaid = await fetch(at, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
  expect([unpaid.status, ((await unpaid.json()) as { price_sats: number }).price_sats]).toEqual([402, 3])
})
