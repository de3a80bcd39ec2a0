/** A chat end point as OpenAI-compatible servers have it, for development: it says the same to everybody, and how many tokens that was. */
import type { IncomingMessage, ServerResponse } from 'node:http'

const MAX_BODY_BYTES = 64 * 1024
const TEXT =
  'The tide turns at ten past four. Until then the channel carries you out at two knots, and nobody who knows this harbor rows against it. Wait by the second buoy, count the seals on the bar, and when the weed at the steps begins to lean inward, go home with it.'

interface Asked {
  readonly promptTokens: number
  readonly maxTokens: number
  readonly isStream: boolean
}

/** `POST /v1/chat/completions`: whole, or with `"stream": true` as events of which the last but one tells the usage. A word is a token. */
export async function answerChat(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const asked = await readAsked(req)
  if (asked === null) {
    res.writeHead(400, { 'Content-Type': 'application/json' })
    res.end(`${JSON.stringify({ error: { message: 'no messages', type: 'invalid_request_error' } })}\n`)
    return
  }
  const words = TEXT.split(' ')
  const said = words.slice(0, asked.maxTokens)
  const answer = {
    said,
    finish: said.length < words.length ? 'length' : 'stop',
    usage: {
      prompt_tokens: asked.promptTokens,
      completion_tokens: said.length,
      total_tokens: asked.promptTokens + said.length,
    },
  }
  if (asked.isStream) stream(res, answer)
  else whole(res, answer)
}

interface Answer {
  readonly said: readonly string[]
  readonly finish: string
  readonly usage: object
}

const describe = (object: string) => ({ id: 'chatcmpl-demo', object, created: 0, model: 'harbor' })

function whole(res: ServerResponse, { said, finish, usage }: Answer): void {
  const message = { role: 'assistant', content: said.join(' ') }
  const choices = [{ index: 0, message, finish_reason: finish }]
  res.writeHead(200, { 'Content-Type': 'application/json' })
  res.end(`${JSON.stringify({ ...describe('chat.completion'), choices, usage })}\n`)
}

const WORD_MS = 5

function stream(res: ServerResponse, { said, finish, usage }: Answer): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const send = (choices: readonly object[], more: object = {}) =>
    res.write(`data: ${JSON.stringify({ ...describe('chat.completion.chunk'), choices, ...more })}\n\n`)
  let n = 0
  const timer = setInterval(() => {
    const word = said[n]
    if (word !== undefined) {
      const content = n === 0 ? word : ` ${word}`
      send([{ index: 0, delta: { content }, finish_reason: null }], { usage: null })
      n += 1
      return
    }
    clearInterval(timer)
    send([{ index: 0, delta: {}, finish_reason: finish }], { usage: null })
    send([], { usage })
    res.end('data: [DONE]\n\n')
  }, WORD_MS)
  res.once('close', () => clearInterval(timer))
}

async function readAsked(req: IncomingMessage): Promise<Asked | null> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of req) {
    length += (piece as Buffer).length
    if (length > MAX_BODY_BYTES) return null
    pieces.push(piece as Buffer)
  }
  return parseAsked(Buffer.concat(pieces).toString())
}

function parseAsked(text: string): Asked | null {
  try {
    const { messages, max_tokens: most, stream: isStream } = JSON.parse(text) as Record<string, unknown>
    if (!Array.isArray(messages)) return null
    const contents = messages.map((message: { content?: unknown } | null) => String(message?.content ?? ''))
    const promptTokens = contents.join(' ').split(/\s+/).filter(Boolean).length
    const maxTokens = Number.isInteger(most) && Number(most) > 0 ? Number(most) : Number.POSITIVE_INFINITY
    return { promptTokens, maxTokens, isStream: isStream === true }
  } catch {
    return null
  }
}
