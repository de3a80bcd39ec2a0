/** One program that buys articles again and again and writes down what happened to it; it shares no code with the product. */
import { appendFileSync } from 'node:fs'
import { localFetch } from '#tests/support/local-fetch.ts'
import { pause, type RunFile } from '#tests/support/running-copy.ts'

/** One purchase as the buyer saw it. */
export interface Purchase {
  readonly url: string
  readonly paymentHash: string
  readonly amountMsat: string
  readonly credential: string
}

export interface PayerContext {
  readonly run: () => Promise<RunFile | null>
  readonly random: () => number
  readonly transcript: string
  readonly stopped: () => boolean
  readonly onPurchase: (purchase: Purchase) => void
  readonly onViolation: (sentence: string) => void
}

const PATIENCE_MS = 60_000

/** Buys until told to stop. A failed connection is retried, a wrong answer is a violation. */
export async function buyForever(context: PayerContext): Promise<void> {
  while (!context.stopped()) {
    const run = await context.run()
    const url = run?.articles[Math.floor(context.random() * run.articles.length)]
    if (run === null || url === undefined) await pause(100)
    else await buyOnce(context, url, run.wallet)
  }
}

async function buyOnce(context: PayerContext, url: string, wallet: string): Promise<void> {
  const challenge = await askOnce(url)
  if (challenge === null) return pause(100)
  const paid = await payUntilAnswered(context, wallet, challenge)
  if (paid === null) return
  const purchase = {
    url,
    paymentHash: challenge.payment_hash,
    amountMsat: paid.amount_msat,
    credential: `L402 ${challenge.macaroon}:${paid.preimage}`,
  }
  appendFileSync(context.transcript, `${JSON.stringify(purchase)}\n`)
  context.onPurchase(purchase)
  await readUntilOpen(context, purchase)
}

interface Challenge {
  readonly macaroon: string
  readonly invoice: string
  readonly payment_hash: string
}

async function askOnce(url: string): Promise<Challenge | null> {
  try {
    const response = await localFetch(url)
    const body = await response.text()
    return response.status === 402 ? (JSON.parse(body) as Challenge) : null
  } catch {
    return null
  }
}

/** Pays the same invoice until the wallet answers: a second payment of one invoice would be the wallet's mistake, not ours. */
async function payUntilAnswered(
  context: PayerContext,
  wallet: string,
  challenge: Challenge,
): Promise<{ preimage: string; amount_msat: string } | null> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    try {
      const response = await localFetch(`${wallet}/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ invoice: challenge.invoice }),
      })
      const body = await response.text()
      if (response.status === 200) return JSON.parse(body) as { preimage: string; amount_msat: string }
      if (response.status < 500) {
        context.onViolation(`the wallet refused a fresh invoice with ${response.status}: ${body.slice(0, 200)}`)
        return null
      }
    } catch {
      // The node is being killed right now; it must know this invoice again when it is back.
    }
    await pause(100)
  }
  context.onViolation(`the wallet did not answer for ${PATIENCE_MS / 1000} s`)
  return null
}

/** A good credential may meet a dead process or 503, never another refusal; it must open within the patience. */
export async function readUntilOpen(context: Pick<PayerContext, 'onViolation'>, purchase: Purchase): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    try {
      const response = await localFetch(purchase.url, { headers: { authorization: purchase.credential } })
      await response.arrayBuffer()
      if (response.status === 200) return
      if (response.status !== 503) {
        context.onViolation(
          `a paid credential for ${purchase.paymentHash} met ${response.status} ${response.headers.get('l402-reason')}`,
        )
        return
      }
    } catch {
      // The gateway is being killed right now.
    }
    await pause(100)
  }
  context.onViolation(`a paid credential for ${purchase.paymentHash} was not served within ${PATIENCE_MS / 1000} s`)
}
