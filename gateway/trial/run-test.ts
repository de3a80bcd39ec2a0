/** One request of a seller to their own API, by the same gate and the same carrier as everybody's, and what passed on its way. */

import { carryProxyHttp, type ProxyDeps } from '#gateway/carry/proxy-http.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import { Fault } from '#lib/errors.ts'
import { handle, type Outcome } from '#lib/gate/handle.ts'
import type { Ask } from '#lib/gate/kinds/kind.ts'
import { matchPath } from '#lib/gate/match.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { TestMessage, TestResult } from '#lib/paywall/resources/api/test-request.ts'
import type { TakenTest } from '#lib/paywall/resources/api/test-request-store.ts'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { mintTestCredential, TEST_SECONDS } from '#lib/paywall/tokens/mint-test-credential.ts'
import { formatBody, formatHead, formatStatus, type MaskOptions, pairsOf } from './message-text.ts'
import { type CallRecord, recordCalls } from './record-calls.ts'

export type TrialDeps = Omit<GatewayDeps, 'egress'> &
  Pick<ProxyDeps, 'streams' | 'egress'> & {
    /** Aborts when the process must end. */
    readonly ending: AbortSignal
  }

/** For the head of the answer, and then for the beginning of its body. */
const HEAD_MS = 20_000
const BODY_MS = 2_000
const BODY_BYTES = 8_000

/** Answers a sentence and the messages; nothing that a client or an upstream does makes it throw. */
export async function runTest(deps: TrialDeps, test: TakenTest): Promise<TestResult> {
  const host = createCreatorHosts(deps.config.CREATOR_HOSTS).hostOf(test.handle)
  // Read anew: who saved rules a moment ago tries those.
  const creator = await deps.catalog.refresh(host)
  const resource = creator?.resources.find(({ id }) => id === test.resourceId)
  if (creator === null || resource === undefined) {
    const text = 'This API is not on sale yet, so nobody can ask for anything. It needs a rule with a price.'
    return { verdict: 'failed', text, messages: [] }
  }
  const isSecure = new URL(deps.config.APP_URL).protocol === 'https:'
  return send(deps, { test, creator, resource, host, isSecure })
}

interface Trial {
  readonly test: TakenTest
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  readonly host: string
  /** Clients speak TLS with this product. */
  readonly isSecure: boolean
}

async function send(deps: TrialDeps, trial: Trial): Promise<TestResult> {
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, HEAD_MS)
  deps.ending.addEventListener('abort', end, { once: true })
  try {
    const bare = toRequest(trial, ending.signal, null)
    const ask = askOf(deps, trial, bare)
    const credential = ask === null || ask.free ? null : await credentialFor(deps, trial, ask)
    const request = toRequest(trial, ending.signal, credential)
    const startedAt = performance.now()
    const { egress, record } = recordCalls(deps.egress)
    const outcome = await handle(withoutTraces(deps), request)
    const { answer, secrets } = await carry({ ...deps, egress }, request, outcome)
    clearTimeout(timer)
    const body = await readBeginning(answer, ending)
    const mask = { names: new Set(secrets.map(([name]) => name)), values: secrets.map(([, value]) => value) }
    const messages = describe({ request, record, answer, body, startedAt }, mask)
    return { ...judge({ trial, ask, record, answer }), messages }
  } finally {
    clearTimeout(timer)
    deps.ending.removeEventListener('abort', end)
    end()
  }
}

/** A test leaves no sighting to look up, and nothing in memory that lets its credential in a second time. */
function withoutTraces(deps: TrialDeps): TrialDeps {
  return {
    ...deps,
    sightings: { ...deps.sightings, noteToken: () => undefined },
    recall: { find: () => null, note: () => undefined },
  }
}

function askOf({ kinds }: TrialDeps, { creator, resource }: Trial, request: GateRequest): Ask | null {
  const match = matchPath(kinds, creator, request.path)
  if (match.kind !== 'place' || match.resource.id !== resource.id) return null
  const { place } = match
  const ask = kinds.of(resource).ask({ request, creator, resource, place, method: request.method, path: request.path })
  return ask.kind === 'ask' ? ask : null
}

async function credentialFor(deps: TrialDeps, { test, creator, resource }: Trial, ask: Ask): Promise<string | null> {
  if (test.role === 'stranger') return null
  const now = deps.clock.now()
  const seconds = test.role === 'payer' ? TEST_SECONDS : -TEST_SECONDS
  const [offer] = (ask.sold ?? resource).offers
  return mintTestCredential(deps, { creator, offer, now, endsAt: new Date(now.getTime() + seconds * 1000) })
}

function toRequest(
  { test, resource, host, isSecure }: Trial,
  signal: AbortSignal,
  credential: string | null,
): GateRequest {
  const [path = '', ...query] = test.path.split('?')
  const headers: HeaderField[] = [
    ['Host', host],
    ['User-Agent', 'satstile-test'],
    ['Accept', '*/*'],
    ...(credential === null ? [] : [['Authorization', credential] as const]),
  ]
  return {
    ...{ method: test.method, host, headers, rawHeaders: headers.flat(), signal },
    path: `/${resource.slug}${path === '/' ? '' : path}`,
    query: query.join('?'),
    ...{ address: null, secure: isSecure },
    body: NOTHING,
    readBody: async () => new Uint8Array(),
  }
}

const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
}

interface Carried {
  readonly answer: GateAnswer
  /** Fields of the seller's that went along. */
  readonly secrets: readonly (readonly [name: string, value: string])[]
}

/** Only the beginning of an answer is shown. */
const NEVER_CUT = async () => null

async function carry(deps: TrialDeps, request: GateRequest, outcome: Outcome): Promise<Carried> {
  if (outcome.kind === 'answer') return { answer: outcome, secrets: [] }
  const { target } = outcome
  if (target.kind === 'hosted') throw new TypeError('a test is of an API')
  const secrets = target.upstream.headers
  try {
    if (target.kind === 'proxy-grpc') {
      await outcome.held?.giveBack()
      throw new Fault('http.not_grpc', 'a gRPC service is not tried over plain HTTP')
    }
    const carriers = { ...deps, judge: (again: GateRequest) => handle(deps, again), challengeAnew: NEVER_CUT }
    return { answer: await carryProxyHttp(carriers, { target, admitted: outcome, request }), secrets }
  } catch (cause) {
    return { answer: deps.errors.fault(request, cause), secrets }
  }
}

interface Beginning {
  readonly bytes: Uint8Array
  readonly isWhole: boolean
}

/** What comes of a body within two seconds, up to some kilobytes; the rest is not asked for. */
async function readBeginning({ body }: GateAnswer, ending: AbortController): Promise<Beginning> {
  if (body === null) return { bytes: new Uint8Array(), isWhole: true }
  if (typeof body === 'string' || body instanceof Uint8Array) return { bytes: Buffer.from(body), isWhole: true }
  const timer = setTimeout(() => ending.abort(), BODY_MS)
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of body.stream) {
      parts.push(Buffer.from(part))
      length += part.length
      if (length > BODY_BYTES) break
    }
    return { bytes: Buffer.concat(parts).subarray(0, BODY_BYTES), isWhole: length <= BODY_BYTES }
  } catch {
    return { bytes: Buffer.concat(parts), isWhole: false }
  } finally {
    clearTimeout(timer)
  }
}

interface Passed {
  readonly request: GateRequest
  readonly record: CallRecord
  readonly answer: GateAnswer
  readonly body: Beginning
  readonly startedAt: number
}

function describe({ request, record, answer, body, startedAt }: Passed, mask: MaskOptions): TestMessage[] {
  const since = (at: number) => Math.round((at - startedAt) * 10) / 10
  const { method, path, query, headers } = request
  const text = formatBody(body.bytes, body.isWhole, mask)
  const { sent, back } = record
  const first = `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`
  const isTheirs = back !== null && back.status === answer.status
  return [
    { of: 'in', atMs: 0, head: formatHead(first, headers, mask), body: '' },
    ...(sent === null
      ? []
      : [
          {
            ...{ of: 'upstream' as const, atMs: since(sent.at), body: '' },
            head: formatHead(`${sent.method} ${sent.path} HTTP/1.1`, pairsOf(sent.headers), mask),
          },
        ]),
    ...(back === null
      ? []
      : [
          {
            ...{ of: 'back' as const, atMs: since(back.at), body: isTheirs ? text : '' },
            head: formatHead(formatStatus(back.status), pairsOf(back.headers), mask),
          },
        ]),
    {
      ...{ of: 'out', atMs: since(performance.now()), body: text },
      head: formatHead(formatStatus(answer.status), answer.headers, mask),
    },
  ]
}

interface Judging {
  readonly trial: Trial
  readonly ask: Ask | null
  readonly record: CallRecord
  readonly answer: GateAnswer
}

function judge({ trial: { test }, ask, record, answer: { status } }: Judging): Pick<TestResult, 'verdict' | 'text'> {
  const { trouble, back } = record
  if (back === null && record.sent === null && trouble === null)
    return { verdict: 'refused', text: refusalText(status, ask) }
  if (back === null) {
    const sentence = trouble?.sentence ?? 'Your server did not begin to answer within 20 s.'
    return { verdict: 'failed', text: `${sentence} A payer is told ${status}, and no use is counted.` }
  }
  if (status !== back.status || back.status >= 500) {
    return {
      verdict: 'failed',
      text: `Your server answered ${back.status}. A payer is told ${status}, and no use is counted.`,
    }
  }
  const role = ask?.free ? 'This route is free' : test.role === 'payer' ? 'Who paid is let in' : 'Let in'
  return { verdict: 'passed', text: `${role}; your server answered ${back.status}.` }
}

function refusalText(status: number, ask: Ask | null): string {
  if (status === 402) return 'Refused with 402: this route asks for a payment, and your server was not asked.'
  if (ask === null && status === 404) return 'No rule means this path, so it is answered by 404.'
  if (status === 405) return 'No rule means this method here, so it is answered by 405.'
  return `Answered by ${status} before your server was asked.`
}
