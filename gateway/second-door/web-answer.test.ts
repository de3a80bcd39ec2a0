import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { GateAnswer, StreamedBody } from '#lib/gate/request.ts'
import { toResponse } from './web-answer.ts'

const responseOf = () => new ServerResponse(new IncomingMessage(new Socket()))
const answerOf = (body: GateAnswer['body'], more: Partial<GateAnswer> = {}): GateAnswer => ({
  ...{ kind: 'answer', status: 200, headers: [['Content-Type', 'text/plain']], body },
  ...more,
})

/** Counts its pieces, and knows when it has ended. */
function createSource(pieces = 100) {
  const seen = { asked: 0, isOver: false }
  const stream: StreamedBody['stream'] = (async function* () {
    try {
      for (; seen.asked < pieces; ) {
        seen.asked += 1
        yield 'x'
      }
    } finally {
      seen.isOver = true
    }
  })()
  return { stream, seen }
}

describe('a stream', () => {
  test('is read no further than its reader asks', async () => {
    const { stream, seen } = createSource()
    const reader = toResponse(answerOf({ stream }), { method: 'GET', res: responseOf() }).body?.getReader()
    expect((await reader?.read())?.value).toHaveLength(0)
    expect(seen.asked).toBe(0)
    await reader?.read()
    await reader?.read()
    expect(seen.asked).toBeLessThanOrEqual(3)
  })

  test('ends with its reader', async () => {
    const { stream, seen } = createSource()
    const { body } = toResponse(answerOf({ stream }), { method: 'GET', res: responseOf() })
    const reader = body?.getReader()
    await reader?.read()
    await reader?.read()
    await reader?.cancel()
    expect(seen.isOver).toBe(true)
  })

  test('that breaks is no end', async () => {
    const stream = (async function* () {
      yield 'a part'
      throw new TypeError('broken')
    })()
    const response = toResponse(answerOf({ stream }), { method: 'GET', res: responseOf() })
    await expect(response.text()).rejects.toThrow('broken')
  })

  test('is not begun for a HEAD, which is told its length all the same', async () => {
    const { stream, seen } = createSource()
    const res = responseOf()
    const response = toResponse(answerOf({ stream, length: 100 }), { method: 'HEAD', res })
    expect([response.body, res.getHeader('content-length'), seen.asked]).toEqual([null, 100, 0])
  })
})

test('length and packing are said to Node, since Next drops them, and everything else to Next', async () => {
  const res = responseOf()
  res.setHeader('Vary', 'rsc')
  const fields = [
    ['Content-Encoding', 'br'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ] as const
  const response = toResponse(answerOf('text', { headers: fields }), { method: 'GET', res })
  expect(await response.text()).toBe('text')
  expect({ ...res.getHeaders() }).toEqual({ 'content-encoding': 'br', 'content-length': 4 })
  expect([response.headers.getSetCookie(), response.headers.has('content-encoding')]).toEqual([['a=1', 'b=2'], false])
})

test.each([204, 205, 304])('%i has no body', (status) => {
  expect(toResponse(answerOf('text', { status }), { method: 'GET', res: responseOf() }).body).toBeNull()
})

test.each([199, 600, 999])('%i is no status', (status) => {
  expect(() => toResponse(answerOf('text', { status }), { method: 'GET', res: responseOf() })).toThrow(RangeError)
})
