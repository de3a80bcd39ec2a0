/** Prices that sellers' servers named: asked for once however many want them, kept for as long as they hold, and for a while when a server fails. */
import { LRUCache } from 'lru-cache'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import { Fault } from '#lib/errors.ts'
import { encodeHex, encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { type AskPriceDeps, askPrice } from './ask-price.ts'
import type { PriceAnswer } from './price-answer.ts'
import type { PriceQuestion } from './price-question.ts'

export interface NamedPrice {
  readonly amountMsat: Msat
  /** When its server said so. */
  readonly asOf: Date
  /** The server fails since, and this is the last that it said. */
  readonly isStale: boolean
}

export interface PriceBook {
  /**
   * The price that the seller's server names for this, or named lately. Throws `paywall.price_unavailable` when it names
   * none that can be used and its last good answer is too old: nothing is sold then.
   */
  find(question: PriceQuestion): Promise<NamedPrice>
}

export interface PriceBookDeps extends AskPriceDeps {
  readonly sha256: Sha256
  /** Told of every answer that could not be used, in a sentence for its seller. */
  readonly onTrouble: (question: PriceQuestion, sentence: string) => void
}

interface Kept {
  readonly amountMsat: Msat
  readonly asOfMs: number
  readonly freshUntilMs: number
}

/** About 200 bytes each. */
const MAX_KEPT = 50_000
/** A server that has just failed is left alone for so long, so that nobody waits for its deadline again and again. */
const REST_MS = 1_000
const MAX_RESTING = 5_000

export function createPriceBook(deps: PriceBookDeps): PriceBook {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEPT })
  const asking = new Map<string, Promise<Kept | null>>()
  /** When a server may be asked again, by creator and address. */
  const resting = new LRUCache<string, number>({ max: MAX_RESTING })
  const nowMs = () => deps.clock.now().getTime()

  async function ask(name: string, question: PriceQuestion): Promise<Kept | null> {
    const answer = await askPrice(deps, question).catch(explain)
    const atMs = nowMs()
    if (answer.kind === 'unusable') {
      resting.set(serverOf(question), atMs + REST_MS)
      deps.onTrouble(question, answer.sentence)
      return null
    }
    const known = { amountMsat: answer.amountMsat, asOfMs: atMs, freshUntilMs: atMs + answer.keptSeconds * 1000 }
    kept.set(name, known)
    return known
  }

  const share = (name: string, question: PriceQuestion) => {
    const running = asking.get(name) ?? ask(name, question).finally(() => asking.delete(name))
    asking.set(name, running)
    return running
  }

  return {
    async find(question) {
      const name = nameOf(deps.sha256, question)
      const known = kept.get(name)
      if (known !== undefined && nowMs() < known.freshUntilMs) return tell(known, false)
      const isResting = nowMs() < (resting.get(serverOf(question)) ?? 0)
      const named = isResting ? null : await share(name, question)
      if (named !== null) return tell(named, false)
      if (known !== undefined && nowMs() - known.asOfMs <= question.endpoint.staleSeconds * 1000)
        return tell(known, true)
      throw new Fault('paywall.price_unavailable', "a seller's server named no price", {
        details: { service: question.service },
      })
    },
  }
}

function tell({ amountMsat, asOfMs }: Kept, isStale: boolean): NamedPrice {
  return { amountMsat, asOf: new Date(asOfMs), isStale }
}

/** Everything that an answer depends on, bounds included: one that was good within others is asked for anew. */
function nameOf(sha256: Sha256, { creatorId, service, endpoint, floorMsat, asked }: PriceQuestion): string {
  const { url, form, ceilingSats } = endpoint
  const parts = [creatorId, service, url, form, ceilingSats, String(floorMsat), asked]
  return encodeHex(sha256(encodeUtf8(JSON.stringify(parts))))
}

function serverOf({ creatorId, endpoint }: PriceQuestion): string {
  return `${creatorId} ${endpoint.form} ${endpoint.url}`
}

/** Nothing that another server does is a fault of ours. */
function explain(cause: unknown): PriceAnswer {
  return { kind: 'unusable', sentence: describeTrouble(cause).publicMessage }
}
