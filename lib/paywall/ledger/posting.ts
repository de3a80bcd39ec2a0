/** A posting moves a positive amount from one account to another, so every entry sums to zero by its shape. */
import { feeMsat, type Msat, subtractMsat } from '#lib/money.ts'

/** `node` mirrors what the node holds for this creator: it goes down as money is owed, so its balance is negative. */
const ACCOUNTS = ['node', 'settling', 'available', 'reserved', 'fee', 'routing'] as const
export type Account = (typeof ACCOUNTS)[number]

export interface Posting {
  readonly from: Account
  readonly to: Account
  readonly amountMsat: Msat
}

/** The name of a business event; unique for each creator, so one event is booked once. */
export type EntryKind = 'sale' | 'release'

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

/** `sale:<payment hash>` and `release:<payment hash>`, in hex. */
export function businessKey(kind: EntryKind, paymentHashHex: string): string {
  return `${kind}:${paymentHashHex}`
}

function movesMoney(posting: Posting): boolean {
  return posting.amountMsat > 0n
}
