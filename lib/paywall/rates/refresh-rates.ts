/** All sources are asked at once, each within its deadline, and what they agree on is written down as the rates of now. */
import { readFile } from 'node:fs/promises'
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import type { Egress } from '#lib/egress/egress.ts'
import type { Log } from '#lib/log.ts'
import { agree, type Quoted } from './agree.ts'
import { insertRates, listRates } from './rate-store.ts'
import { isRecorded, type RateSource, type ReadRates, readRates } from './source.ts'

export interface RefreshRatesDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly egress: Pick<Egress, 'request'>
  readonly rates: {
    readonly sources: readonly RateSource[]
    readonly maxAgeSeconds: number
    /** For each source; ten seconds when left out. */
    readonly deadlineMs?: number
  }
}

const DEADLINE_MS = 10_000
const ANSWER_BYTES = 256 * 1024
/** Whose share of the connections they use: no creator's. */
const PLATFORM = 'platform'

/** Answers how many currencies have a rate of now. A source in trouble is left out and logged, and nothing is thrown for it. */
export async function refreshRates(deps: RefreshRatesDeps, signal?: AbortSignal): Promise<number> {
  const { sources, maxAgeSeconds } = deps.rates
  if (sources.length === 0) return 0
  const answers = await Promise.all(sources.map(async (source) => ({ source, read: await ask(deps, source, signal) })))
  const takenAt = deps.clock.now()
  const after = new Date(takenAt.getTime() - maxAgeSeconds * 1000)
  const previous = new Map((await listRates(deps.db.client, after)).map((rate) => [rate.currency, rate.microPerBtc]))
  const agreed = [...quotesByCurrency(answers)].flatMap(([currency, quotes]) => {
    const found = agree(quotes, { configured: sources.length, previous: previous.get(currency) ?? null })
    tell(deps, currency, found)
    const { microPerBtc } = found
    return microPerBtc === null ? [] : [{ currency, microPerBtc, takenAt, sources: found.sources.length }]
  })
  if (agreed.length === 0) deps.log.error('no rate could be agreed on', { count: sources.length })
  await insertRates(deps.db.client, agreed)
  return agreed.length
}

function quotesByCurrency(answers: readonly { source: RateSource; read: ReadRates | null }[]): Map<string, Quoted[]> {
  const quotes = answers.flatMap(({ source, read }) =>
    [...(read?.rates ?? [])].map(([currency, microPerBtc]) => ({ currency, source: source.name, microPerBtc })),
  )
  return Map.groupBy(quotes, ({ currency }) => currency)
}

/** What a source says now; `null`: it is of no use, which is logged. */
async function ask(deps: RefreshRatesDeps, source: RateSource, signal?: AbortSignal): Promise<ReadRates | null> {
  try {
    const read = readRates(source, await fetchBody(deps, source, signal))
    const oldest = deps.clock.now().getTime() - deps.rates.maxAgeSeconds * 1000
    const why =
      read === null ? 'it holds no rates' : read.asOf && read.asOf.getTime() < oldest ? 'it stands still' : null
    if (why === null) return read
    deps.log.warn('a source of rates is left out', { reason: `${source.name}: ${why}` })
  } catch (cause) {
    const reason = isRecorded(source) ? 'the file cannot be read' : describeTrouble(cause).publicMessage
    deps.log.warn('a source of rates is left out', { reason: `${source.name}: ${reason}` })
  }
  return null
}

async function fetchBody({ egress, rates }: RefreshRatesDeps, { url }: RateSource, signal?: AbortSignal) {
  if (isRecorded({ url })) return readFile(new URL(url))
  const limits = { deadlineMs: rates.deadlineMs ?? DEADLINE_MS, maxBytes: ANSWER_BYTES }
  const headers = { accept: 'application/json' }
  const answer = await egress.request({ creatorId: PLATFORM, url, headers, ...limits, ...(signal && { signal }) })
  return answer.status === 200 ? answer.body : new Uint8Array()
}

function tell({ log }: RefreshRatesDeps, currency: string, { why, leftOut, sources }: ReturnType<typeof agree>): void {
  // Of a currency that few quote nothing is expected; that more than half agree and one does not is worth a line.
  if (why === 'agreed') {
    for (const name of leftOut)
      log.warn('a source of rates is left out', { reason: `${name}: far off for ${currency}` })
  }
  if (why === 'jumped') {
    log.error('rates jumped: the one before stands until it is too old', { reason: currency, count: sources.length })
  }
}
