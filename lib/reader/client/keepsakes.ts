/** What this browser keeps under `l402:v1`: receipts, and the claim secrets of what is not opened yet. */
import type { Purchase } from './paywall-flow.ts'

const KEY = 'l402:v1'

export interface ArticleRef {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly creator: string
}

export interface Receipt {
  readonly article: ArticleRef
  /** `M:P`; it is the access itself. */
  readonly credential: string
  /** Null when restored from a bare receipt, which does not say. */
  readonly priceSats: number | null
  readonly keptAtMs: number
}

/** Written before the server is asked, hence without a purchase at first: a lost answer must not lose the secret. */
export interface Claim {
  readonly article: ArticleRef
  /** 32 random bytes as base64url; trades the settled invoice for its receipt. */
  readonly secret: string
  readonly macaroon: string | null
  readonly purchase: Purchase | null
}

export interface Keepsakes {
  readonly receipts: readonly Receipt[]
  readonly claims: readonly Claim[]
}

const NOTHING: Keepsakes = { receipts: [], claims: [] }

/** Where storage is forbidden, one page view is as long as anything is kept. */
let memory: Keepsakes = NOTHING

export function readKeepsakes(): Keepsakes {
  try {
    return parseKeepsakes(localStorage.getItem(KEY)) ?? memory
  } catch {
    return memory
  }
}

/** Changes what is kept. Reading and writing happen without a pause between, so another tab's change is not undone. */
export function changeKeepsakes(change: (kept: Keepsakes) => Keepsakes): void {
  memory = change(readKeepsakes())
  try {
    localStorage.setItem(KEY, JSON.stringify(memory))
  } catch {
    // Storage is full or forbidden: `memory` has it for as long as this page lives.
  }
}

/** Whether the receipt of an article is on this device and not only in this page's memory. */
export function isReceiptStored(articleId: string): boolean {
  try {
    return parseKeepsakes(localStorage.getItem(KEY))?.receipts.some(({ article }) => article.id === articleId) === true
  } catch {
    return false
  }
}

export function onKeepsakesChange(listener: () => void): void {
  addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) listener()
  })
}

export function findReceipt(articleId: string): Receipt | undefined {
  return readKeepsakes().receipts.find((receipt) => receipt.article.id === articleId)
}

/** The token of a challenge that is not opened yet. */
export function macaroonOf(challenge: string): string | null {
  return readKeepsakes().claims.find((kept) => kept.purchase?.challenge === challenge)?.macaroon ?? null
}

/** Keeps a receipt in place of an older one of the same article, and drops the claim it came from. */
export function keepReceipt(receipt: Receipt, challenge: string | null): void {
  changeKeepsakes(({ receipts, claims }) => ({
    receipts: [receipt, ...receipts.filter((other) => other.article.id !== receipt.article.id)],
    claims: claims.filter((claim) => claim.purchase?.challenge !== challenge),
  }))
}

/** Adds a claim, or replaces the one with the same secret and challenge (or with none yet). */
export function keepClaim(claim: Claim): void {
  const isSame = (other: Claim) =>
    other.secret === claim.secret && (other.purchase === null || other.purchase.challenge === claim.purchase?.challenge)
  changeKeepsakes(({ receipts, claims }) => ({
    receipts,
    claims: [claim, ...claims.filter((other) => !isSame(other))],
  }))
}

export function dropClaim(challenge: string): void {
  changeKeepsakes(({ receipts, claims }) => ({
    receipts,
    claims: claims.filter((claim) => claim.purchase?.challenge !== challenge),
  }))
}

/** Null for anything that is not what this script has written: other versions, other scripts, damage. */
function parseKeepsakes(text: string | null): Keepsakes | null {
  if (text === null) return null
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return null
  const { receipts, claims } = value as { receipts?: unknown; claims?: unknown }
  if (!Array.isArray(receipts) || !Array.isArray(claims)) return null
  return {
    receipts: receipts.filter((item) => typeof item?.credential === 'string' && typeof item?.article?.id === 'string'),
    claims: claims.filter((item) => typeof item?.secret === 'string' && typeof item?.article?.id === 'string'),
  }
}
