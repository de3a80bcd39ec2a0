/** Where an API is and what it is told in secret; nothing is sold of it before it has rules. */
import { randomBytes, sealSecret } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { type ResourceKey, refuseSlug } from '#lib/paywall/resources/resource.ts'
import { countDrafts, findFreeSlug, insertResource, lockResource } from '#lib/paywall/resources/resource-store.ts'
import { hasUpstream, writeHeader, writeUpstream } from './api-store.ts'
import { type Protocol, parseUpstreamUrl, refuseHeaders, SIGNING, sealContext } from './upstream.ts'

export interface SetApiDeps {
  readonly db: Db
  /** Public half of the gateway's key (32 bytes): what it seals cannot be read here any more. */
  readonly sealKey: Uint8Array
}

export interface SetApi {
  readonly creatorId: string
  /** Null for a new API. */
  readonly resourceId: string | null
  /** The last part of its address and what it is called; of a new one only. */
  readonly slug: string
  readonly title: string
  readonly url: string
  /** Left out: `http` for a new API, else what it was. */
  readonly protocol?: Protocol
  readonly timeoutMs: number
  /** Secret fields to write, and (`null`) to take away; others stay. */
  readonly headers: Readonly<Record<string, string | null>>
}

export type ApiSet =
  /** `signingSecret` (64 hex digits): with it the upstream tests our signature; told once, to who made the API. */
  | { readonly kind: 'saved'; readonly resourceId: string; readonly signingSecret: string | null }
  | { readonly kind: 'unknown' }
  | InvalidInput

export async function setApi(deps: SetApiDeps, input: SetApi): Promise<ApiSet> {
  const fields = refuseInput(input)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  return deps.db.asCreator(input.creatorId, async (tx) => {
    await raiseChangeNumber(tx, input.creatorId)
    return input.resourceId === null ? createApi(deps, tx, input) : changeApi(deps, tx, input, input.resourceId)
  })
}

/** Of every kind together, as of articles. */
const MAX_DRAFTS = 1_000
const MIN_TIMEOUT_MS = 1_000
const MAX_TIMEOUT_MS = 600_000

function refuseInput({ resourceId, slug, title, url, timeoutMs, headers }: SetApi): Record<string, string> {
  const slugFault = resourceId === null ? refuseSlug(slug) : null
  const isBounded = Number.isInteger(timeoutMs) && timeoutMs >= MIN_TIMEOUT_MS && timeoutMs <= MAX_TIMEOUT_MS
  return {
    ...(slugFault !== null && { slug: slugFault }),
    ...(resourceId === null && (title.trim() === '' || title.length > 200) && { title: 'Write a title.' }),
    ...(parseUpstreamUrl(url) === null && { url: 'Write an address such as https://api.example.com/v1.' }),
    ...(!isBounded && { timeoutMs: 'Choose between 1 and 600 seconds.' }),
    ...refuseHeaders(headers),
  }
}

async function createApi(deps: SetApiDeps, tx: Tx, input: SetApi): Promise<ApiSet> {
  const { creatorId, slug, title } = input
  const key = { creatorId, resourceId: newId('res') }
  if ((await countDrafts(tx, creatorId)) >= MAX_DRAFTS) {
    const fields = { '': `You have ${MAX_DRAFTS} drafts, which is the most. Publish one or throw one away.` }
    return { kind: 'invalid', fields }
  }
  if ((await findFreeSlug(tx, key, slug)) !== slug)
    return { kind: 'invalid', fields: { slug: 'Something else of yours has this address.' } }
  await insertResource(tx, { ...key, kind: 'api', slug, title })
  const signingKey = randomBytes(32)
  await write(deps, tx, { input, key, signingSealed: sealSecret(deps.sealKey, signingKey, sealContext(key, SIGNING)) })
  return { kind: 'saved', resourceId: key.resourceId, signingSecret: encodeHex(signingKey) }
}

async function changeApi(deps: SetApiDeps, tx: Tx, input: SetApi, resourceId: string): Promise<ApiSet> {
  const key = { creatorId: input.creatorId, resourceId }
  if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return { kind: 'unknown' }
  await write(deps, tx, { input, key, signingSealed: null })
  return { kind: 'saved', resourceId, signingSecret: null }
}

async function write(
  { sealKey }: SetApiDeps,
  tx: Tx,
  { input, key, signingSealed }: { input: SetApi; key: ResourceKey; signingSealed: Uint8Array | null },
): Promise<void> {
  const { url, protocol = null, timeoutMs } = input
  await writeUpstream(tx, { ...key, url, protocol, timeoutMs, signingSealed })
  for (const [name, value] of Object.entries(input.headers)) {
    const sealed = value === null ? null : sealSecret(sealKey, encodeUtf8(value), sealContext(key, name))
    await writeHeader(tx, { ...key, name, sealed })
  }
}
