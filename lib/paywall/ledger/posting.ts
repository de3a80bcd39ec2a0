/** A posting moves a positive amount from one account to another, so every entry sums to zero by its shape. */
import { feeMsat, type Msat, subtractMsat } from '#lib/money.ts'

/** `node` mirrors what the node holds for this creator: it goes down as money is owed, so its balance is negative. */
const ACCOUNTS = ['node', 'settling', 'available', 'reserved', 'fee', 'routing', 'loss'] as const
export type Account = (typeof ACCOUNTS)[number]

export interface Posting {
  readonly from: Account
  readonly to: Account
  readonly amountMsat: Msat
}

/** The name of a business event; unique for each creator, so one event is booked once. */
export type EntryKind = 'sale' | 'release' | 'payout' | 'payout-sent' | 'payout-returned'

/** What the creator gets and what the platform keeps: together exactly what arrived. */
export interface SaleParts {
  readonly netMsat: Msat
  readonly feeMsat: Msat
}

/** Splits what arrived at `feePpm` parts per million; the platform's part is rounded down. */
export function splitSale(receivedMsat: Msat, feePpm: number): SaleParts {
  const fee = feeMsat(receivedMsat, feePpm)
  return { netMsat: subtractMsat(receivedMsat, fee), feeMsat: fee }
}

/** One sale: the creator's part waits in settling, ours goes to fee. */
export function salePostings({ netMsat, feeMsat: fee }: SaleParts): Posting[] {
  return [
    { from: 'node', to: 'settling', amountMsat: netMsat } as const,
    { from: 'node', to: 'fee', amountMsat: fee } as const,
  ].filter(movesMoney)
}

/** The hold of one sale is over. */
export function releasePostings(netMsat: Msat): Posting[] {
  return [{ from: 'settling', to: 'available', amountMsat: netMsat } as const].filter(movesMoney)
}

/** A payout and the most that its way may cost are set aside, in two parts that come back as two. */
export function reservePostings({ amountMsat, feeCapMsat }: PayoutParts): Posting[] {
  return [
    { from: 'available', to: 'reserved', amountMsat } as const,
    { from: 'available', to: 'reserved', amountMsat: feeCapMsat } as const,
  ].filter(movesMoney)
}

/** A payout and the most that its way may cost. */
export interface PayoutParts {
  readonly amountMsat: Msat
  readonly feeCapMsat: Msat
}

/** The node has paid: what the way cost goes with it, the rest of the cap comes back; what it cost above the cap is ours to lose. */
export function sentPostings({ amountMsat, feeCapMsat }: PayoutParts, routingMsat: Msat): Posting[] {
  const covered = routingMsat < feeCapMsat ? routingMsat : feeCapMsat
  return [
    { from: 'reserved', to: 'node', amountMsat } as const,
    { from: 'reserved', to: 'routing', amountMsat: covered } as const,
    { from: 'loss', to: 'routing', amountMsat: subtractMsat(routingMsat, covered) } as const,
    { from: 'reserved', to: 'available', amountMsat: subtractMsat(feeCapMsat, covered) } as const,
  ].filter(movesMoney)
}

/** Nothing was paid: all that was set aside comes back. */
export function returnedPostings({ amountMsat, feeCapMsat }: PayoutParts): Posting[] {
  return [
    { from: 'reserved', to: 'available', amountMsat } as const,
    { from: 'reserved', to: 'available', amountMsat: feeCapMsat } as const,
  ].filter(movesMoney)
}

/** The kind and what it is about: a payment hash in hex, or the id of a payout. */
export function businessKey(kind: EntryKind, about: string): string {
  return `${kind}:${about}`
}

function movesMoney(posting: Posting): boolean {
  return posting.amountMsat > 0n
}
