/** Takes room for a file before its first byte comes. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import { cleanFileName, FILE_QUOTA, type FileStorage, findFileOverrun } from './file.ts'
import { sumFiles } from './file-store.ts'
import { insertUpload, type UploadKey } from './upload-store.ts'

export type BegunUpload =
  | { readonly kind: 'begun'; readonly name: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** Answers the name that the file will have. Uploads of one creator are counted one after the other. */
export async function beginUpload(
  deps: {
    db: Db
    /** In place of every creator's. */
    quota?: FileStorage
  },
  { name, byteLength, ...key }: UploadKey & { name: string; byteLength: number },
): Promise<BegunUpload> {
  return deps.db.asCreator(key.creatorId, async (tx) => {
    if (!(await lockCreator(tx, key.creatorId))) return { kind: 'unknown' }
    const overrun = findFileOverrun(await sumFiles(tx, key.creatorId), byteLength, deps.quota ?? FILE_QUOTA)
    if (overrun !== null) return { kind: 'invalid', fields: { file: overrun } }
    const clean = cleanFileName(name)
    await insertUpload(tx, { ...key, name: clean, byteLength })
    return { kind: 'begun', name: clean }
  })
}
