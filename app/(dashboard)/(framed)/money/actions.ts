'use server'
/** Decodes, asks and calls off: no act of the dashboard moves money. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { sha256 } from '#lib/crypto.ts'
import { recoverPayee } from '#lib/l402/bolt11-payee.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { readDestination } from '#lib/paywall/payouts/destination.ts'
import { feeCap } from '#lib/paywall/payouts/fee-cap.ts'
import { askToCancel } from '#lib/paywall/payouts/payout-store.ts'
import { requestPayout } from '#lib/paywall/payouts/request-payout.ts'

const text = z.string().max(4_200)

/** What an invoice or an address says, as the form echoes it; amounts in decimal digits. */
export type Echo =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'read'
      readonly amountMsat: string
      readonly feeCapMsat: string
      readonly node: string
      readonly description: string
      readonly expiresAtMs: number
    }
  /** How much is for the form to ask. */
  | { readonly kind: 'address'; readonly text: string; readonly host: string; readonly feePpm: number }

export async function decodeDestination(typed: string): Promise<Echo> {
  await actAsMember()
  const { clock, config } = webDeps()
  const parsed = text.safeParse(typed)
  if (!parsed.success) return { kind: 'refused', why: 'This is too long for an invoice.' }
  const read = readDestination(parsed.data, { now: clock.now(), network: config.LND_NETWORK })
  if (read.kind === 'refused') return read
  if (read.kind === 'address')
    return { kind: 'address', text: read.text, host: read.host, feePpm: config.PAYOUT_FEE_PPM }
  const payee = recoverPayee(sha256, read.invoice)
  if (payee === null) return { kind: 'refused', why: 'Nobody has signed this invoice. Make a new one in your wallet.' }
  return {
    kind: 'read',
    amountMsat: String(read.amountMsat),
    feeCapMsat: String(feeCap(read.amountMsat, config.PAYOUT_FEE_PPM)),
    node: encodeHex(payee),
    description: read.invoice.description ?? '',
    expiresAtMs: read.invoice.expiresAt.getTime(),
  }
}

export type PayOutAnswer =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>>; readonly message: string }

export interface PayOutInput {
  readonly destination: string
  /** For an address: how many sats. */
  readonly sats: string
  readonly code: string
}

const payOutInput = z.strictObject({ destination: text, sats: z.string().max(40), code: z.string().max(40) })

export async function payOut(input: PayOutInput): Promise<PayOutAnswer> {
  return await unlessSilent(() => payOutTo(input), {
    kind: 'refused',
    fields: {},
    message: 'No money has moved: the database does not answer. Try again in a moment.',
  })
}

async function payOutTo(input: unknown): Promise<PayOutAnswer> {
  const { creatorId, userId } = await actAsMember()
  const parsed = payOutInput.safeParse(input)
  if (!parsed.success) return { kind: 'refused', fields: {}, message: UNREADABLE }
  const { config, db, clock } = webDeps()
  const [key] = config.PAYOUT_SEAL_KEY
  const deps = {
    db,
    clock,
    network: config.LND_NETWORK,
    feePpm: config.PAYOUT_FEE_PPM,
    sealKey: key?.key ?? new Uint8Array(),
  }
  const answer = await requestPayout(deps, { creatorId, userId, ...parsed.data })
  if (answer.kind === 'invalid')
    return { kind: 'refused', fields: answer.fields, message: 'No money has moved: see the marked field.' }
  revalidatePath('/money')
  return { kind: 'asked' }
}

/** Answers what to say. */
export async function callOff(id: string): Promise<string> {
  const silent = 'The database does not answer; try again in a moment.'
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = z
      .string()
      .regex(/^pay_[0-9a-z]{26}$/)
      .safeParse(id)
    if (!parsed.success) return UNREADABLE
    const isAsked = await webDeps().db.asCreator(creatorId, (tx) => askToCancel(tx, { creatorId, id: parsed.data }))
    revalidatePath('/money')
    return isAsked ? '' : 'It is too late: it was sent, or has ended.'
  }, silent)
}
