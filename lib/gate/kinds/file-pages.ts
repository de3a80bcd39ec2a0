/** The pages of a file, before paying and after; drawn once for each picture of its creator. */
import { tagContent } from '#lib/gate/answers/content.ts'
import { type PageFrame, toItem } from '#lib/gate/answers/page-frame.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { showingOf } from '#lib/paywall/resources/file/file.ts'
import type { CatalogFile } from '#lib/paywall/resources/file/file-store.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { renderFilePage } from '#lib/reader/file-page.tsx'
import type { ReaderFile } from '#lib/reader/props.ts'
import type { Description } from './kind.ts'
import { createShelf } from './shelf.ts'

type FileResource = CatalogResource<CatalogFile>

export interface FilePages {
  /** With the ticket; `waitingId`: the challenge that its reader has asked for. */
  locked(creator: CreatorSnapshot, resource: FileResource, waitingId: string | null): Content
  /** With the bytes to play and download. */
  open(creator: CreatorSnapshot, resource: FileResource): Content
}

export interface FilePagesDeps {
  readonly frame: Pick<PageFrame, 'fields' | 'of'>
  readonly sha256: Sha256
  readonly describe: (resource: FileResource) => Description
  readonly bytesPath: (resource: FileResource) => string
}

export function createFilePages(deps: FilePagesDeps): FilePages {
  const draw = (
    creator: CreatorSnapshot,
    resource: FileResource,
    page: { isOpen: boolean; waitingId: string | null },
  ) => {
    const { digest } = resource.detail
    const open = page.isOpen ? { href: deps.bytesPath(resource), digest } : null
    const facts = { file: toReaderFile(resource, deps.describe(resource)), open, waitingId: page.waitingId }
    const html = renderFilePage({ ...deps.frame.of(creator), ...facts })
    return tagContent(deps.sha256, encodeUtf8(html), { fields: deps.frame.fields, packing: 'best' })
  }
  const kept = { locked: createShelf<FileResource>(), open: createShelf<FileResource>() }
  return {
    locked: (creator, resource, waitingId) =>
      waitingId === null
        ? kept.locked(creator, resource, () => draw(creator, resource, { isOpen: false, waitingId }))
        : draw(creator, resource, { isOpen: false, waitingId }),
    open: (creator, resource) =>
      kept.open(creator, resource, () => draw(creator, resource, { isOpen: true, waitingId: null })),
  }
}

function toReaderFile(resource: FileResource, description: Description): ReaderFile {
  const { name, mediaType, byteLength } = resource.detail
  const item = toItem(resource, description)
  // Where uses are counted, looking at the page takes none.
  const showing = item.offer.uses === null ? showingOf(mediaType) : null
  return { ...item, name, format: formatOf(name), mediaType, byteLength, showing }
}

/** As people call it, by the ending of its name: `PDF`; empty when it has none that says something. */
function formatOf(name: string): string {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toUpperCase() ?? ''
}
