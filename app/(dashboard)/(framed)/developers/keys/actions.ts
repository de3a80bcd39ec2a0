'use server'
/** Makes, rolls and ends a creator's secret keys. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { MAX_LIVE_KEYS } from '#lib/paywall/creators/api-key.ts'
import { makeApiKey, revokeApiKey, rollApiKey } from '#lib/paywall/creators/make-api-key.ts'

const nameSchema = z.string().max(1_000)
const idSchema = z.string().regex(/^key_[0-9a-z]{26}$/)

export type KeyAnswer =
  /** `key` is told here and never again. */
  | { readonly kind: 'made'; readonly name: string; readonly key: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly field: string | null; readonly message: string }

export async function createKey(name: string): Promise<KeyAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = nameSchema.safeParse(name)
    if (!parsed.success) return refused(UNREADABLE)
    const made = await makeApiKey(webDeps(), { creatorId, name: parsed.data })
    if (made.kind === 'invalid')
      return { kind: 'refused', field: made.fields.name ?? null, message: 'Not made: see the name.' }
    return made.kind === 'full' ? refused(FULL) : shown(made)
  }, SILENT)
}

export async function rollKey(id: string): Promise<KeyAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = idSchema.safeParse(id)
    if (!parsed.success) return refused(UNREADABLE)
    const made = await rollApiKey(webDeps(), { creatorId, id: parsed.data })
    if (made.kind === 'made') return shown(made)
    return refused(made.kind === 'full' ? FULL : OVER)
  }, SILENT)
}

export async function endKey(id: string): Promise<KeyAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = idSchema.safeParse(id)
    if (!parsed.success) return refused(UNREADABLE)
    const isEnded = await revokeApiKey(webDeps(), { creatorId, id: parsed.data })
    revalidatePath('/developers/keys')
    return isEnded ? { kind: 'ended' } : refused(OVER)
  }, SILENT)
}

const FULL = `You have ${MAX_LIVE_KEYS} keys that work. Revoke one first.`
const OVER = 'This key has ended already, or ends within a day. Reload the page to see it.'
const SILENT = refused('Nothing was changed: the database does not answer. Try again in a moment.')

function refused(message: string): KeyAnswer {
  return { kind: 'refused', field: null, message }
}

function shown({ name, key }: { name: string; key: string }): KeyAnswer {
  revalidatePath('/developers/keys')
  return { kind: 'made', name, key }
}
