/** An answer as it leaves on the wire: its length, its pieces, what stands behind them. */
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { GateAnswer } from '#lib/gate/request.ts'
import { send } from './send.ts'

/** What a client gets of `answer`. */
async function receive(answer: GateAnswer): Promise<{ message: IncomingMessage; text: string }> {
  const server = createServer((_req, res) => void send(res, answer))
  server.listen(0)
  await once(server, 'listening')
  const request = get({ port: (server.address() as AddressInfo).port, agent: false })
  const [message] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of message) text += String(chunk)
  server.close()
  return { message, text }
}

async function* pieces() {
  yield 'one '
  yield new TextEncoder().encode('two')
}

test('bytes leave with their length', async () => {
  const { message, text } = await receive({ kind: 'answer', status: 200, headers: [['X-A', '1']], body: 'höhe' })
  expect([message.headers['content-length'], message.headers['x-a'], text]).toEqual(['5', '1', 'höhe'])
})

test('a stream leaves piece by piece, with its length where that is known', async () => {
  const answer = { kind: 'answer', status: 206, headers: [] } as const
  const known = await receive({ ...answer, body: { stream: pieces(), length: 7 } })
  expect([known.message.statusCode, known.message.headers['content-length'], known.text]).toEqual([206, '7', 'one two'])
  const unknown = await receive({ ...answer, body: { stream: pieces() } })
  expect([unknown.message.headers['content-length'], unknown.text]).toEqual([undefined, 'one two'])
})

// An upstream may break while what it was paid for is booked: nobody hears of it then, and its client would wait for long.
test('a stream that broke before it could leave is told at once', async () => {
  const stream = new Readable({ read: () => undefined })
  await once(stream.destroy(new TypeError('broken')), 'close').catch(() => undefined)
  const told = Promise.withResolvers<unknown>()
  const server = createServer((_req, res) => {
    send(res, { kind: 'answer', status: 200, headers: [], body: { stream, length: 7 } })?.catch((cause: unknown) => {
      told.resolve(cause)
      res.destroy()
    })
  })
  server.listen(0)
  await once(server, 'listening')
  get({ port: (server.address() as AddressInfo).port, agent: false }).on('error', () => undefined)
  expect(await told.promise).toMatchObject({ message: 'broken' })
  server.close()
})

test('fields behind the body are asked for when it has ended', async () => {
  let ended = false
  async function* counted() {
    yield* pieces()
    ended = true
  }
  const trailers = () => [['X-Units', ended ? '2' : 'too early']] as const
  const { message } = await receive({ kind: 'answer', status: 200, headers: [], body: { stream: counted(), trailers } })
  expect(message.trailers['x-units']).toBe('2')
})

test('an answer without a body says that it is empty, and 304 says nothing of a length', async () => {
  const { message } = await receive({ kind: 'answer', status: 402, headers: [], body: null })
  expect(message.headers['content-length']).toBe('0')
  const unchanged = await receive({ kind: 'answer', status: 304, headers: [], body: null })
  expect(unchanged.message.headers['content-length']).toBeUndefined()
})
