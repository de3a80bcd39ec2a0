/** Whether a token stands for a payment that has arrived, for resources that let in nobody before; a proof alone is not enough there. */
import { LRUCache } from 'lru-cache'
import type { Db } from '#lib/db.ts'
import { encodeHex, equalBytes } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'

export interface SettledSales {
  /**
   * At once for a token that was found before. Our own record says it, else the node about its one invoice, and what was
   * sold by either is what the token shows. Rejects with `Fault` when they do not answer.
   */
  has(creatorId: string, token: VerifiedToken, service: string): true | Promise<boolean>
}

interface Sold {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly services: readonly string[]
}

const MAX_KNOWN = 50_000

/** Only what is settled is remembered: it stays so. */
export function createSettledSales(deps: { db: Db; backends: Backends }, maxKnown = MAX_KNOWN): SettledSales {
  const known = new LRUCache<string, true>({ max: maxKnown })

  const look = async (creatorId: string, { identifier }: VerifiedToken, service: string): Promise<boolean> => {
    const isSold = (sold: Sold | null): boolean =>
      sold !== null &&
      sold.creatorId === creatorId &&
      equalBytes(sold.tokenId, identifier.tokenId) &&
      sold.services.includes(service)
    const { client } = deps.db
    const sale = await findSale(client, identifier.paymentHash)
    if (sale !== null) return isSold(sale)
    const challenge = await findChallengeByHash(client, identifier.paymentHash)
    if (challenge === null || !isSold(challenge)) return false
    const backend = await deps.backends.find(challenge.backendId)
    const invoice = await backend?.lookupInvoice(identifier.paymentHash)
    return invoice?.state === 'settled'
  }

  return {
    has(creatorId, token, service) {
      const name = `${encodeHex(token.identifier.tokenId)} ${service}`
      if (known.has(name)) return true
      return look(creatorId, token, service).then((isSettled) => {
        if (isSettled) known.set(name, true)
        return isSettled
      })
    },
  }
}
