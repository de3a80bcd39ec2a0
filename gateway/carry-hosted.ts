/** Articles and their pictures that we hold: for one client only, never kept by a cache, unchanged ones not sent again. */

import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { Fault } from '#lib/errors.ts'
import type { ArticleBytes, ArticleForms } from '#lib/gate/article-forms.ts'
import { isUnchanged } from '#lib/gate/etag.ts'
import { CORS_FIELDS, DISCOVERY_LINK, NOSNIFF, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { ReaderPages } from '#lib/gate/reader-pages.ts'
import type { Carry, GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'

export interface CarryHostedDeps {
  readonly forms: ArticleForms
  readonly pages: Pick<ReaderPages, 'fields'>
  readonly blobs: Pick<BlobFolder, 'get'>
}

/** A picture is what its bytes say and nothing else: an SVG may hold scripts, and runs none under this policy. */
const PICTURE_POLICY: HeaderField = [
  'Content-Security-Policy',
  "default-src 'none'; style-src 'unsafe-inline'; sandbox",
]
const PUBLIC: HeaderField = ['Cache-Control', 'public, max-age=3600']
const PAID_FIELDS: readonly HeaderField[] = [...PRIVATE_FIELDS, DISCOVERY_LINK, ...CORS_FIELDS]

/**
 * 200, or 304 when the client shows that it has these bytes; at once when they are in memory. Asked only for what was
 * admitted. Throws `Fault`.
 */
export function carryHosted(
  deps: CarryHostedDeps,
  carry: Carry,
  request: GateRequest,
): GateAnswer | Promise<GateAnswer> {
  if (carry.picture !== null) return carryPicture(deps, carry, carry.picture)
  const found = deps.forms.get(carry, carry.form)
  if (found instanceof Promise) return found.then((article) => carryArticle(deps, { carry, article }, request))
  return carryArticle(deps, { carry, article: found }, request)
}

function carryArticle(
  deps: CarryHostedDeps,
  { carry, article }: { carry: Carry; article: ArticleBytes },
  request: GateRequest,
): GateAnswer {
  if (isUnchanged(request, article.etag)) {
    const headers: HeaderField[] = [['ETag', article.etag], ...carry.headers, ...PAID_FIELDS]
    return { kind: 'answer', status: 304, headers, body: null }
  }
  return {
    kind: 'answer',
    status: 200,
    headers: [...fieldsOf(deps, carry, article), ...carry.headers],
    body: article.bytes,
  }
}

/** What every 200 of these bytes says, put together once. */
function fieldsOf(deps: CarryHostedDeps, carry: Carry, article: ArticleBytes): readonly HeaderField[] {
  const known = fieldsOfBytes.get(article)
  if (known !== undefined) return known
  const form = carry.form === 'html' ? deps.pages.fields : typeFields(article.contentType)
  const fields: readonly HeaderField[] = [...form, ['ETag', article.etag], ...PAID_FIELDS]
  fieldsOfBytes.set(article, fields)
  return fields
}

const fieldsOfBytes = new WeakMap<ArticleBytes, readonly HeaderField[]>()

function typeFields(contentType: string): readonly HeaderField[] {
  return [['Content-Type', contentType], NOSNIFF]
}

async function carryPicture(deps: CarryHostedDeps, carry: Carry, digest: string): Promise<GateAnswer> {
  const bytes = await deps.blobs.get(digest)
  if (bytes === null) throw new Fault('database.unavailable', `picture ${digest} is missing from the blob folder`)
  const type = carry.resource.pictures.get(digest)?.mediaType ?? 'application/octet-stream'
  const caching = carry.access === 'free' ? [PUBLIC, ...CORS_FIELDS] : PAID_FIELDS
  return {
    kind: 'answer',
    status: 200,
    headers: [...typeFields(type), PICTURE_POLICY, ...carry.headers, ...caching],
    body: bytes,
  }
}
