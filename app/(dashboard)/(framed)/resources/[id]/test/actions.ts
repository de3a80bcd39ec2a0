'use server'
/** Asks that a request be tried, and looks what came of it; a gateway does it, since the dashboard opens nobody's URL. */
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { askTest } from '#lib/paywall/resources/api/ask-test.ts'
import { TEST_ROLES, type TestRequest, type TestResult } from '#lib/paywall/resources/api/test-request.ts'
import { readResult } from '#lib/paywall/resources/api/test-request-store.ts'

export type TestAnswer =
  | { readonly kind: 'asked'; readonly testId: string }
  /** Field -> sentence; `''` is about all of it. */
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

const refuse = (text: string) => ({ kind: 'refused', fields: { '': text } }) as const
const SILENT = refuse('The database does not answer. Nothing was tried; press again in a moment.')

const askingSchema = z.tuple([
  resourceId,
  z.strictObject({ role: z.enum(TEST_ROLES), method: z.string().max(16), path: z.string().max(4_000) }),
])

export async function sendTest(...sent: [id: string, test: TestRequest]): Promise<TestAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = askingSchema.safeParse(sent)
    if (!parsed.success) return refuse(UNREADABLE)
    const [id, test] = parsed.data
    const asked = await askTest(webDeps(), { creatorId, resourceId: id, ...test })
    if (asked.kind === 'unknown') return refuse('This API is not there any more.')
    return asked.kind === 'invalid' ? { kind: 'refused', fields: asked.fields } : asked
  }, SILENT)
}

const testIdSchema = z.string().regex(/^tst_[0-9a-z]{26}$/)

/** `null`: not yet. */
export async function readTest(...sent: [testId: string]): Promise<TestResult | null> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = testIdSchema.safeParse(sent[0])
    if (!parsed.success) return null
    const { db } = webDeps()
    const result = await db.asCreator(creatorId, (tx) => readResult(tx, { creatorId, testId: parsed.data }))
    return result === 'waiting' || result === 'unknown' ? null : result
  }, null)
}
