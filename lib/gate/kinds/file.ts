/** The kind `file`: bytes that are downloaded or played, in parts where a client asks for parts, and a page that tells of them. */
import { create as disposition } from 'content-disposition'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { assertInvariant, Fault } from '#lib/errors.ts'
import { isUnchanged } from '#lib/gate/answers/conditions.ts'
import { wantsPage } from '#lib/gate/answers/media.ts'
import type { PageFrame } from '#lib/gate/answers/page-frame.ts'
import { readRange } from '#lib/gate/answers/range.ts'
import { NOSNIFF } from '#lib/gate/headers.ts'
import type { HeaderField } from '#lib/gate/request.ts'
import type { HostedTarget } from '#lib/gate/target.ts'
import { decodeHex, encodeBase64, type Sha256 } from '#lib/l402/bytes.ts'
import { firstStep } from '#lib/paywall/entitlements/draw.ts'
import { READ } from '#lib/paywall/offers/offer.ts'
import { showingOf } from '#lib/paywall/resources/file/file.ts'
import { type CatalogFile, listCatalogFiles } from '#lib/paywall/resources/file/file-store.ts'
import { findFileDamage } from '#lib/paywall/resources/file/find-file-damage.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { formatBytes } from '#lib/reader/format.ts'
import { createFilePages, type FilePages } from './file-pages.ts'
import type { Ask, Asked, Cost, Description, Kind, NotAllowed } from './kind.ts'
import { rememberForAMinute } from './remember.ts'

export interface FileKindDeps {
  readonly blobs: Pick<BlobFolder, 'open'>
  readonly frame: Pick<PageFrame, 'fields' | 'of'>
  readonly sha256: Sha256
}

/** `file`: the resource's own address, a page for who wants one; `bytes`: never a page. */
export type FilePlace = 'file' | 'bytes'

type FileResource = CatalogResource<CatalogFile>
type AskedFile = Asked<CatalogFile, FilePlace>

/** The last part of the address under which a page links the bytes; the same whatever the file is called. */
const BYTES_SEGMENT = 'download'
const NOT_ALLOWED: NotAllowed = { kind: 'not-allowed', methods: ['GET', 'HEAD', 'OPTIONS'] }
/** Whatever the bytes are, they run nothing and load nothing, should a browser ever draw them. */
const SEALED: HeaderField = ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox"]
/** A proxy that reads ahead takes for sent what its client never gets, and a use would be counted for it (protocol.md §6.2). */
const UNBUFFERED: HeaderField = ['X-Accel-Buffering', 'no']

export function createFileKind(deps: FileKindDeps): Kind<CatalogFile, FilePlace> {
  const pages = createFilePages({ ...deps, describe, bytesPath })
  // The gate hands back what this kind was asked about.
  const cost: Ask['cost'] = async (asked) => costOf(asked as AskedFile)
  return {
    name: 'file',
    plural: 'Files',
    load: listCatalogFiles,
    match: (_resource, segments) => matchPlace(segments),
    ask: ({ resource, method }) =>
      method === 'GET' || method === 'HEAD' ? askFor(resource, { method, cost }) : NOT_ALLOWED,
    describe,
    isWhole: rememberForAMinute(
      async ({ detail }: FileResource) => (await findFileDamage(deps.blobs, detail)) === null,
    ),
    preview: ({ creator, resource }, waitingId) => pages.locked(creator, resource, waitingId ?? null),
    target: (asked) => (isPage(asked) ? pageTarget(pages, asked) : bytesTarget(deps, asked.resource.detail)),
  }
}

function matchPlace([name, ...rest]: readonly string[]): FilePlace | null {
  if (name === undefined) return 'file'
  return name === BYTES_SEGMENT && rest.length === 0 ? 'bytes' : null
}

function bytesPath({ slug }: FileResource): string {
  return `/${slug}/${BYTES_SEGMENT}`
}

function askFor({ service }: FileResource, { method, cost }: Pick<Ask, 'method' | 'cost'>): Ask {
  const page = { hasPage: true, hasPreview: true }
  return { kind: 'ask', free: false, ...page, services: [service], method, tier: 0, capability: READ, cost }
}

function isPage({ place, request }: AskedFile): boolean {
  return place === 'file' && wantsPage(request)
}

/** The page, `HEAD`, what the client has already and a part behind the end cost nothing. Source: protocol.md §6.2. */
function costOf(asked: AskedFile): Cost | null {
  const { request, resource } = asked
  const { byteLength: length } = resource.detail
  const etag = etagOf(resource.detail)
  if (request.method === 'HEAD' || isPage(asked) || isUnchanged(request, etag)) return null
  const range = readRange(request, { etag, length })
  if (range === 'unsatisfiable') return null
  const { start, end } = range ?? { start: 0, end: length }
  const drawn = { bytes: firstStep('bytes', BigInt(end - start)), seconds: firstStep('seconds') }
  return { uses: 1n, ...drawn, volume: 0n, isMetered: true, part: { etag, start, end, length } }
}

function etagOf({ digest }: CatalogFile): string {
  return `"${digest.slice(0, 32)}"`
}

function describe({ slug, detail: { name, mediaType, byteLength } }: FileResource): Description {
  const size = formatBytes(byteLength)
  return {
    noun: 'file',
    members: { name, media_type: mediaType, bytes: byteLength },
    size,
    length: size,
    freePart: '',
    method: 'GET',
    path: `/${slug}`,
  }
}

async function pageTarget(pages: FilePages, { creator, resource }: AskedFile): Promise<HostedTarget> {
  return { kind: 'hosted', content: await pages.open(creator, resource), access: 'paid', isReading: false }
}

/** Read from the disk as it is sent, no faster than its reader takes it. */
async function bytesTarget({ blobs }: FileKindDeps, file: CatalogFile): Promise<HostedTarget> {
  const { digest, byteLength } = file
  const body = await blobs.open(digest, byteLength)
  if (body === null) throw new Fault('database.unavailable', `file ${digest} is missing from the blob folder`)
  const content = { etag: etagOf(file), length: byteLength, fields: fieldsOf(file), body, packing: 'none' as const }
  return { kind: 'hosted', content, access: 'paid', isReading: true }
}

/** Shown in place only what browsers draw without running it; everything else is kept, under its name (RFC 6266). */
function fieldsOf(file: CatalogFile): readonly HeaderField[] {
  const { name, mediaType } = file
  const sha256 = decodeHex(file.digest)
  assertInvariant(sha256 !== null, 'a digest of the catalogue is hex')
  const type = showingOf(mediaType) === null ? 'attachment' : 'inline'
  return [
    ['Content-Type', mediaType],
    NOSNIFF,
    SEALED,
    UNBUFFERED,
    ['Content-Disposition', disposition(name, { type })],
    // RFC 9530: of the whole file, also where a part is sent, so a client can check what it put together.
    ['Repr-Digest', `sha-256=:${encodeBase64(sha256)}:`],
    ['ETag', etagOf(file)],
  ]
}
