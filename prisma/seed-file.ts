/** The demo creator's file, beside her articles; run again it changes nothing. Only for development. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UPLOADS } from '#lib/content/collect-uploads.ts'
import { openBlobs } from '#lib/content/open-blobs.ts'
import { type Db, openDatabase } from '#lib/db.ts'
import { assertInvariant } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { findCreatorByHandle } from '#lib/paywall/creators/creator-store.ts'
import { beginUpload } from '#lib/paywall/resources/file/begin-upload.ts'
import { finishUpload } from '#lib/paywall/resources/file/finish-upload.ts'
import { publishFile } from '#lib/paywall/resources/file/publish-file.ts'
import { listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { ringFogBell } from './seed/fog-bell.ts'
import type { SeedOptions } from './seed.ts'

const FILE = {
  name: 'fog-bell.wav',
  slug: 'fog-bell',
  title: 'The fog bell',
  lead: 'Six strokes of the bell on the northern pier, as a boat hears them.',
  price: '90',
}
const PUBLISHED_AT = new Date('2026-09-20T06:30:00Z')

/** What the owner has changed since stays. Answers the last part of its address. */
export async function seedFile({ handle, ...options }: SeedOptions & { handle: string }): Promise<string> {
  const db = openDatabase({
    url: options.databaseUrl,
    log: createLog({ process: 'seed', level: 'error' }),
    poolSize: 2,
  })
  try {
    const creator = await findCreatorByHandle(db.client, handle)
    assertInvariant(creator !== null, 'the demo creator is there')
    const known = await listResources(db, creator.id, { search: FILE.slug })
    if (known.every(({ slug }) => slug !== FILE.slug)) await sell(db, creator.id, options)
    return FILE.slug
  } finally {
    await db.close()
  }
}

async function sell(db: Db, creatorId: string, { contentUrl, contentBucket }: SeedOptions): Promise<void> {
  const bytes = ringFogBell()
  const uploadId = newId('upl')
  const path = join(contentUrl, UPLOADS, uploadId)
  mkdirSync(join(contentUrl, UPLOADS), { recursive: true })
  writeFileSync(path, bytes)
  const key = { creatorId, uploadId }
  await beginUpload({ db }, { ...key, name: FILE.name, byteLength: bytes.length })
  const blobs = openBlobs({ CONTENT_URL: contentUrl, CONTENT_BUCKET: contentBucket })
  await finishUpload({ db, blobs }, { ...key, path, claimed: 'audio/wav' })
  const { title, lead, slug, price } = FILE
  const clock = { now: () => PUBLISHED_AT }
  const published = await publishFile({ db, clock }, { ...key, title, lead, slug, price })
  assertInvariant(published.kind === 'published', 'the demo file can be published')
}
