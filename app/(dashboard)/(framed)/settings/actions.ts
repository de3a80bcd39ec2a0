'use server'
/** Changes a creator's profile, or says per field why not. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { setProfile } from '#lib/paywall/creators/set-profile.ts'

const profileSchema = z.strictObject({
  name: z.string(),
  byline: z.string(),
  about: z.string(),
  language: z.string(),
  timeZone: z.string(),
  pictureAlt: z.string().default(''),
})

export type ProfileAnswer =
  | { readonly kind: 'saved' }
  /** `message`: what is wrong with all of it. */
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>>; readonly message: string }

export async function saveProfile(profile: z.input<typeof profileSchema>): Promise<ProfileAnswer> {
  return await unlessSilent(() => saveInput(profile), {
    kind: 'refused',
    fields: {},
    message: 'Not saved, the database does not answer. What you typed is still here; try again in a moment.',
  })
}

async function saveInput(profile: unknown): Promise<ProfileAnswer> {
  const { creatorId } = await actAsMember()
  const parsed = profileSchema.safeParse(profile)
  if (!parsed.success) return { kind: 'refused', fields: {}, message: UNREADABLE }
  const answer = await setProfile(webDeps(), { ...parsed.data, creatorId })
  if (answer.kind === 'invalid') return { kind: 'refused', fields: answer.fields, message: MARKED }
  if (answer.kind === 'unknown') return { kind: 'refused', fields: {}, message: UNREADABLE }
  revalidatePath('/', 'layout')
  return { kind: 'saved' }
}

const MARKED = 'Not saved: see the marked fields.'
