'use server'
/** What the pages of an API can do: session and membership, parse, one verb, answer. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import type { RulesAnswer } from '#app/_ui/api/use-rules.ts'
import { pricingSchema } from '#lib/paywall/offers/pricing.ts'
import { findEditedApi } from '#lib/paywall/resources/api/edited-api-store.ts'
import { meterSchema } from '#lib/paywall/resources/api/parse-meter.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'

const refuse = (text: string) => ({ kind: 'refused', fields: { '': text } }) as const
const SILENT = refuse('The database does not answer, so this may not be kept yet. Save it again in a moment.')
const GONE = refuse('This API is not there any more.')

const text = z.string().max(300)
/** `NaN` does not survive JSON: a number that was none comes as null, and the page has said so before. */
const number = z.number().nullable()
const offerSchema = z.strictObject({
  ...{ price: text, lastsSeconds: number, uses: number, rate: text.nullable() },
  ...{ bytes: z.exactOptional(number), seconds: z.exactOptional(number), volume: z.exactOptional(number) },
  pricing: z.exactOptional(pricingSchema),
})
const ruleSchema = z.strictObject({
  service: text.nullable(),
  name: text,
  methods: z.array(text).max(40),
  host: text.nullable(),
  path: text,
  tier: z.number(),
  capability: text.nullable(),
  offer: offerSchema.nullable(),
  pack: z.exactOptional(offerSchema.nullable()),
  meter: z.exactOptional(meterSchema.nullable()),
  freeMonthly: z.exactOptional(number),
})
/** One text, since a call has few values (action-call.ts) and rules have many. */
const savingSchema = z.tuple([resourceId, z.string().max(400_000)])

export async function saveRules(...sent: [id: string, json: string]): Promise<RulesAnswer> {
  return await unlessSilent(() => keepRules(sent), SILENT)
}

async function keepRules(sent: unknown): Promise<RulesAnswer> {
  const { creatorId } = await actAsMember()
  const parsed = savingSchema.safeParse(sent)
  const rules = z
    .array(ruleSchema)
    .max(1_000)
    .safeParse(parsed.success ? readJson(parsed.data[1]) : null)
  if (!parsed.success || !rules.success) return refuse(UNREADABLE)
  const key = { creatorId, resourceId: parsed.data[0] }
  const set = await setRules(webDeps(), { ...key, rules: rules.data })
  if (set.kind === 'unknown') return GONE
  if (set.kind === 'invalid') return { kind: 'refused', fields: set.fields }
  const api = await findEditedApi(webDeps().db, key)
  if (api === null) return GONE
  revalidatePath(`/resources/${api.id}`, 'layout')
  const isSold = api.publishedAt !== null
  return {
    kind: 'saved',
    rules: api.rules,
    text: isSold
      ? 'Kept. New challenges ask these prices within 2 s.'
      : 'Kept. Nothing has a price yet, so nothing is on sale.',
  }
}

function readJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
