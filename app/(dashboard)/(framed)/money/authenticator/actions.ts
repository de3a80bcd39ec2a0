'use server'
/** Hands an authenticator on to the process that pays; from then on the dashboard cannot read its secret. */
import { base32 } from '@scure/base'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { SECRET_BYTES } from '#lib/paywall/payouts/proof.ts'
import { requestFactor } from '#lib/paywall/payouts/request-factor.ts'
import { isCode } from '#lib/paywall/payouts/request-payout.ts'

const inputSchema = z.strictObject({
  letters: z.string().regex(/^[A-Z2-7]{32}$/),
  code: z.string().max(40),
  /** Empty: there is none before this one. */
  previous: z.string().max(40),
})

export type TakeOverAnswer =
  | { readonly kind: 'asked'; readonly recoveryCodes: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }

export async function takeOver(input: z.input<typeof inputSchema>): Promise<TakeOverAnswer> {
  return await unlessSilent(() => takeOverInput(input), {
    kind: 'refused',
    message: 'Nothing was changed: the database does not answer. Try again in a moment.',
  })
}

async function takeOverInput(input: unknown): Promise<TakeOverAnswer> {
  const { creatorId, userId } = await actAsMember()
  const parsed = inputSchema.safeParse(input)
  if (!parsed.success) return { kind: 'refused', message: UNREADABLE }
  const { letters, code, previous } = parsed.data
  const secret = base32.decode(letters)
  if (secret.length !== SECRET_BYTES) return { kind: 'refused', message: UNREADABLE }
  if (!isCode(code)) return { kind: 'refused', message: 'Type the six digits that your authenticator shows.' }
  const { db, config } = webDeps()
  const sealKey = config.PAYOUT_SEAL_KEY[0]?.key ?? new Uint8Array()
  const proof = previous.trim() === '' ? { code } : { code, previous: previous.trim() }
  const { recoveryCodes } = await requestFactor({ db, sealKey }, { creatorId, userId, secret, proof })
  revalidatePath('/money', 'layout')
  return { kind: 'asked', recoveryCodes }
}
