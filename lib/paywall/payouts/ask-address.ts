/** Asks an address for one invoice (LUD-06, LUD-16) and believes nothing that it says: the invoice is held against what was meant. */
import { z } from 'zod'
import { sha256 } from '#lib/crypto.ts'
import type { Egress } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'
import { decodeUtf8, encodeUtf8, equalBytes } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { type AddressDestination, type Destination, isLnurl, readDestination } from './destination.ts'

export interface AskAddressDeps {
  readonly egress: Pick<Egress, 'request'>
  readonly network: string
}

export interface AddressQuestion {
  readonly creatorId: string
  readonly address: AddressDestination
  readonly amountMsat: Msat
  readonly now: Date
}

export type AddressAnswer =
  | Extract<Destination, { kind: 'invoice' }>
  /** `why` is for the log: a server's own words are never shown. */
  | {
      readonly kind: 'nothing'
      readonly problem: 'unresolved' | 'address_silent' | 'address_bounds'
      readonly why: string
    }

/** For each of the two questions. */
const DEADLINE_MS = 8_000
/** The longest that asking can take: after that nobody is asking any more. */
export const ASKING_MS = 2 * DEADLINE_MS
const ANSWER_BYTES = 16 * 1024

const payRequest = z.object({
  tag: z.literal('payRequest'),
  callback: z.string().max(2_000),
  minSendable: z.number().positive(),
  maxSendable: z.number().positive(),
  metadata: z.string().max(ANSWER_BYTES),
})
const payInvoice = z.object({ pr: z.string().max(4_096) })
const metadata = z.array(z.tuple([z.string(), z.unknown()]).rest(z.unknown()))

/** Never throws for what a server does; a question is asked once, whatever comes of it. */
export async function askAddress(deps: AskAddressDeps, question: AddressQuestion): Promise<AddressAnswer> {
  const { creatorId, address, amountMsat } = question
  const first = await ask(deps, creatorId, address.url)
  if (first.kind === 'nothing') return first
  const parsed = payRequest.safeParse(first.json)
  if (!parsed.success) return nothing('unresolved', 'no LNURL-pay answer')
  const terms = parsed.data
  if (!isOfAddress(terms.metadata, address)) return nothing('unresolved', 'metadata of somebody else')
  if (amountMsat < BigInt(Math.ceil(terms.minSendable)) || amountMsat > BigInt(Math.floor(terms.maxSendable)))
    return nothing('address_bounds', 'the amount is out of its bounds')
  if (!isLnurl(terms.callback, deps.network)) return nothing('unresolved', 'no callback by https')
  const callback = new URL(terms.callback)
  callback.searchParams.set('amount', String(amountMsat))
  const second = await ask(deps, creatorId, callback.href)
  if (second.kind === 'nothing') return second
  const answer = payInvoice.safeParse(second.json)
  if (!answer.success) return nothing('unresolved', 'no invoice')
  return judge(answer.data.pr, { ...question, described: sha256(encodeUtf8(terms.metadata)), network: deps.network })
}

/** LUD-06: metadata is text of JSON with one `text/plain`; and an address that it names is the one that was asked. */
function isOfAddress(text: string, { isNamed, text: named }: AddressDestination): boolean {
  const read = metadata.safeParse(parseJson(text))
  if (!read.success || read.data.filter(([type]) => type === 'text/plain').length !== 1) return false
  const names = read.data.filter(([type]) => type === 'text/identifier' || type === 'text/email')
  return !isNamed || names.length === 0 || names.some(([, name]) => String(name).toLowerCase() === named)
}

function judge(
  pr: string,
  { now, network, amountMsat, described }: AddressQuestion & { described: Uint8Array; network: string },
): AddressAnswer {
  const read = readDestination(pr, { now, network })
  if (read.kind !== 'invoice') return nothing('unresolved', read.kind === 'refused' ? read.why : 'no invoice')
  if (read.amountMsat !== amountMsat) return nothing('unresolved', 'an invoice over another amount')
  const { descriptionHash } = read.invoice
  const isDescribed = descriptionHash !== null && equalBytes(descriptionHash, described)
  return isDescribed ? read : nothing('unresolved', 'an invoice for another description')
}

type Said = { readonly kind: 'said'; readonly json: unknown } | Extract<AddressAnswer, { kind: 'nothing' }>

async function ask({ egress }: AskAddressDeps, creatorId: string, url: string): Promise<Said> {
  try {
    const headers = { accept: 'application/json' }
    const bounds = { deadlineMs: DEADLINE_MS, maxBytes: ANSWER_BYTES }
    const { status, body } = await egress.request({ creatorId, url, headers, ...bounds })
    if (status !== 200) return nothing('address_silent', `the status ${status}`)
    const json = parseJson(decodeUtf8(body) ?? '')
    return json === undefined ? nothing('unresolved', 'no JSON') : { kind: 'said', json }
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    return nothing('address_silent', cause.message)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nothing(
  problem: 'unresolved' | 'address_silent' | 'address_bounds',
  why: string,
): Extract<AddressAnswer, { kind: 'nothing' }> {
  return { kind: 'nothing', problem, why }
}
