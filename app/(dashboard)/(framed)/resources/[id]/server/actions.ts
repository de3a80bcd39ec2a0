'use server'
/** What can be changed of an API's server: its address, how long it may take, what it is told, with which key we sign. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { findEditedApi } from '#lib/paywall/resources/api/edited-api-store.ts'
import { rotateSigning } from '#lib/paywall/resources/api/rotate-signing.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'

/** `fields`: field -> sentence; `''` is about all of it. */
export type ServerAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

const refuse = (text: string) => ({ kind: 'refused', fields: { '': text } }) as const
const SILENT = refuse('The database does not answer, so this may not be done yet. Press again in a moment.')
const GONE = refuse('This API is not there any more.')

const serverSchema = z.tuple([resourceId, z.strictObject({ url: z.string().max(2_100), timeoutMs: z.number() })])

export async function saveServer(
  ...sent: [id: string, server: { url: string; timeoutMs: number }]
): Promise<ServerAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = serverSchema.safeParse(sent)
    if (!parsed.success) return refuse(UNREADABLE)
    const [id, { url, timeoutMs }] = parsed.data
    return change({ creatorId, id, url: url.trim(), timeoutMs, headers: {} })
  }, SILENT)
}

const headerSchema = z.tuple([resourceId, z.string().max(200), z.string().max(5_000).nullable()])

/** `value`: `null` takes the field away. */
export async function saveHeader(...sent: [id: string, name: string, value: string | null]): Promise<ServerAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = headerSchema.safeParse(sent)
    if (!parsed.success) return refuse(UNREADABLE)
    const [id, name, value] = parsed.data
    const api = await findEditedApi(webDeps().db, { creatorId, resourceId: id })
    if (api === null) return GONE
    const names = new Set([...api.headerNames, name])
    if (value !== null && names.size > MAX_HEADERS) return refuse(`Use at most ${MAX_HEADERS} fields.`)
    const { url, timeoutMs } = api
    return change({ creatorId, id, url, timeoutMs, headers: { [name]: value } })
  }, SILENT)
}

const MAX_HEADERS = 20

interface Change {
  readonly creatorId: string
  readonly id: string
  readonly url: string
  readonly timeoutMs: number
  readonly headers: Readonly<Record<string, string | null>>
}

async function change({ id, ...more }: Change): Promise<ServerAnswer> {
  const set = await setApi(webDeps(), { ...more, resourceId: id, slug: '', title: '' })
  if (set.kind === 'unknown') return GONE
  if (set.kind === 'invalid') return { kind: 'refused', fields: set.fields }
  revalidatePath(`/resources/${id}`, 'layout')
  return { kind: 'done', text: 'Kept. It holds for every request within 2 s.' }
}

export type RotateAnswer =
  | { readonly kind: 'rotated'; readonly signingSecret: string }
  | Extract<ServerAnswer, { kind: 'refused' }>

export async function rotate(...sent: [id: string]): Promise<RotateAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = resourceId.safeParse(sent[0])
    if (!parsed.success) return refuse(UNREADABLE)
    const rotated = await rotateSigning(webDeps(), { creatorId, resourceId: parsed.data })
    return rotated.kind === 'unknown' ? GONE : rotated
  }, SILENT)
}
