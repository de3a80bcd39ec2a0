/** Names are asked over real UDP, of a name server that answers as each test says. */
import { createSocket, type Socket } from 'node:dgram'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '#lib/l402/address.ts'
import { allowing } from '#tests/support/egress.ts'
import { createDnsList, createResolver, type ListAddresses } from './resolve.ts'
import { readTarget, type Target } from './target.ts'

let socket: Socket | null = null
afterEach(() => {
  socket?.close()
  socket = null
})

/** Record type -> what is answered: addresses, an error code of RFC 1035 4.1.1, or silence. */
type Zone = Readonly<Record<'A' | 'AAAA', readonly string[] | number | null>>
const SERVER_FAILURE = 2
const NO_SUCH_NAME = 3

async function serve(zone: Zone): Promise<ListAddresses> {
  const server = createSocket('udp4')
  socket = server
  server.on('message', (question, from) => {
    const nameEnd = question.indexOf(0, 12) + 1
    const type = question.readUInt16BE(nameEnd) === 1 ? 'A' : 'AAAA'
    const answer = zone[type]
    if (answer === null) return
    const records = typeof answer === 'number' ? [] : answer.map((text) => Buffer.from(parseAddress(text) ?? []))
    const head = Buffer.from(question.subarray(0, 12))
    head.writeUInt16BE(0x8180 + (typeof answer === 'number' ? answer : 0), 2)
    head.writeUInt16BE(records.length, 6)
    head.writeUInt32BE(0, 8)
    const written = records.map((bytes) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type === 'A' ? 1 : 28, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(bytes.length, 10)
      return Buffer.concat([record, bytes])
    })
    server.send(Buffer.concat([head, question.subarray(12, nameEnd + 4), ...written]), from.port, from.address)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  return createDnsList(500, [`127.0.0.1:${server.address().port}`])
}

const allow = allowing('')
const target = (url: string): Target => {
  const read = readTarget(url, allow)
  if (read.kind === 'refused') throw new TypeError(read.reason)
  return read
}
const resolveWith = async (zone: Zone) =>
  createResolver({ allow, listAddresses: await serve(zone), keptMs: 60_000 })(target('https://api.example/'))

test('all addresses of a name are judged and pinned, of both families', async () => {
  expect(await resolveWith({ A: ['9.9.9.9', '8.8.8.8'], AAAA: ['2620:fe::fe'] })).toEqual({
    kind: 'pinned',
    addresses: [
      { address: '9.9.9.9', family: 4 },
      { address: '8.8.8.8', family: 4 },
      { address: '2620:fe::fe', family: 6 },
    ],
  })
})

test.each([
  [{ A: ['9.9.9.9', '10.0.0.1'], AAAA: [] }, 'private'],
  [{ A: ['9.9.9.9'], AAAA: ['::1'] }, 'loopback'],
  [{ A: ['9.9.9.9'], AAAA: ['64:ff9b::7f00:1'] }, 'loopback'],
  [{ A: ['169.254.169.254'], AAAA: NO_SUCH_NAME }, 'metadata'],
] as const)('one address that may not be reached refuses the name: %j', async (zone, reason) => {
  expect(await resolveWith(zone)).toMatchObject({ kind: 'refused', reason })
})

test('a name that there is not is told as such', async () => {
  expect(await resolveWith({ A: NO_SUCH_NAME, AAAA: NO_SUCH_NAME })).toMatchObject({ reason: 'unknown_name' })
  expect(await resolveWith({ A: [], AAAA: [] })).toMatchObject({ reason: 'unknown_name' })
})

test('a name server that fails at one question is good for the other', async () => {
  expect(await resolveWith({ A: ['9.9.9.9'], AAAA: SERVER_FAILURE })).toMatchObject({ kind: 'pinned' })
  expect(await resolveWith({ A: SERVER_FAILURE, AAAA: ['::1'] })).toMatchObject({ reason: 'loopback' })
})

test('a name server that fails or is silent is trouble, and no missing name', async () => {
  await expect(resolveWith({ A: SERVER_FAILURE, AAAA: SERVER_FAILURE })).rejects.toMatchObject({ code: 'ESERVFAIL' })
  await expect(resolveWith({ A: null, AAAA: null })).rejects.toMatchObject({ code: 'ETIMEOUT' })
})

test('callers that ask at once share one question, and an answer is kept for its time', async () => {
  let asked = 0
  const listAddresses = async () => {
    asked += 1
    return ['9.9.9.9']
  }
  const resolve = createResolver({ allow, listAddresses, keptMs: 60_000 })
  await Promise.all(Array.from({ length: 20 }, () => resolve(target('https://api.example/'))))
  await resolve(target('https://api.example/'))
  expect(asked).toBe(1)
})

test('a kept answer is judged again for each port', async () => {
  const listAddresses = async () => ['127.0.0.1']
  const inner = allowing('127.0.0.1:8405')
  const resolve = createResolver({ allow: inner, listAddresses, keptMs: 60_000 })
  expect(await resolve(target('http://api.example:8405/'))).toMatchObject({ kind: 'pinned' })
  expect(await resolve(target('http://api.example:8406/'))).toMatchObject({ reason: 'loopback' })
})

test('a host that the operator names is found where the system finds it, and no other is', async () => {
  const named = allowing('inner.localhost:8405')
  const listAddresses = async () => ['127.0.0.1']
  const resolve = createResolver({ allow: named, listAddresses, keptMs: 60_000 })
  expect(await resolve(target('http://inner.localhost:8405/'))).toMatchObject({ addresses: [{ address: '127.0.0.1' }] })
  expect(await resolve(target('http://other.localhost:8405/'))).toMatchObject({ reason: 'loopback' })
})

test('what a resolver writes and nobody can judge is refused', async () => {
  for (const text of ['fe80::1%eth0', 'nonsense', '', '127.0.0.1 ']) {
    const resolve = createResolver({ allow, listAddresses: async () => ['9.9.9.9', text], keptMs: 60_000 })
    expect(await resolve(target('https://api.example/'))).toMatchObject({ kind: 'refused' })
  }
})
