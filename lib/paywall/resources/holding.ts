/** What a kind keeps in the content folder: which blobs its rows name, and whether they are there. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { Tx } from '#lib/db.ts'
import type { ResourceKey } from './resource.ts'

export type CheckableBlobs = Pick<BlobFolder, 'get' | 'open'>

/** `text`: source or HTML; `pictures`: one of them, or several; `bytes`: the thing itself. */
export type Damage = 'text' | 'pictures' | 'bytes'

export interface Holding<Detail = unknown> {
  /** What is on sale of these resources, by `resourceName`. */
  load(tx: Tx, keys: readonly ResourceKey[]): Promise<ReadonlyMap<string, Detail>>
  /** What is missing or has other bytes than were published; `null`: nothing. Throws when the disk cannot be read. */
  findDamage(blobs: CheckableBlobs, detail: Detail): Promise<Damage | null>
  /** Those of these digests (lower-case hex) that a row names, whoever's it is. */
  listUsed(tx: Tx, digests: readonly string[]): Promise<ReadonlySet<string>>
}
