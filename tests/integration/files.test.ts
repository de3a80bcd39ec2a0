/** The creator's side of a file: brought in, put on sale in one step, replaced by versions; what cannot be is told. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { collectContent } from '#lib/paywall/resources/collect-content.ts'
import { beginUpload } from '#lib/paywall/resources/file/begin-upload.ts'
import { deleteFile, readFileLoss } from '#lib/paywall/resources/file/delete-file.ts'
import { describeFile } from '#lib/paywall/resources/file/describe-file.ts'
import { findFile, listCatalogFiles, sumFiles } from '#lib/paywall/resources/file/file-store.ts'
import { finishUpload } from '#lib/paywall/resources/file/finish-upload.ts'
import { publishFile } from '#lib/paywall/resources/file/publish-file.ts'
import { replaceFile } from '#lib/paywall/resources/file/replace-file.ts'
import { deleteUploads } from '#lib/paywall/resources/file/upload-store.ts'
import { resourceName } from '#lib/paywall/resources/resource.ts'
import { type BuiltCreator, buildCreator, createTestBlobs } from '#tests/support/builders.ts'
import { settleSale } from '#tests/support/dashboard-browser.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { publishFileSeed, uploadSeed } from '#tests/support/files.ts'
import { silentLog } from '#tests/support/log.ts'

const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
let stranger: BuiltCreator
beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 0 })
  stranger = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
})
afterAll(async () => {
  content.remove()
  await database.close()
})

const web = () => ({ db: database.web, blobs: content.blobs, clock: systemClock })
const bytesOf = (text: string) => new TextEncoder().encode(text)
const upload = (text: string, name = 'notes.csv', creatorId = creator.creatorId) =>
  uploadSeed(web(), { creatorId, name, bytes: bytesOf(text), claimed: 'text/csv' })
const sell = (title: string, text: string) =>
  publishFileSeed(web(), { creatorId: creator.creatorId, name: `${title}.csv`, bytes: bytesOf(text), title, sats: 50 })
const find = (resourceId: string) => findFile(database.web, { creatorId: creator.creatorId, resourceId })
const changeNumber = async () =>
  (await database.owner.client.creator.findUniqueOrThrow({ where: { id: creator.creatorId } })).changeNumber

describe('a file', () => {
  test('is on sale with listing, price and service after one step, and its content is in the folder', async () => {
    const before = await changeNumber()
    const { resourceId, slug, service } = await sell('Tide table', 'a,b')
    const file = await find(resourceId)
    expect(file).toMatchObject({
      slug,
      title: 'Tide table',
      amountMsat: 50_000n,
      current: { version: 1, byteLength: 3 },
    })
    expect([slug, service]).toEqual(['tide-table', `${creator.shortId}-tide-table`])
    expect(await content.blobs.get(file?.current.digest ?? '')).toEqual(Buffer.from('a,b'))
    expect(await changeNumber()).toBeGreaterThan(before)
    const events = await database.owner.client.outbox.findMany({ where: { creatorId: creator.creatorId } })
    expect(events.map(({ type, payload }) => ({ type, payload }))).toContainEqual({
      type: 'resource.published',
      payload: { resourceId, slug },
    })
  })

  test('that is not whole, not there or used already is not put on sale, and stays what it was', async () => {
    const { creatorId } = creator
    const listing = { creatorId, title: 'Late', lead: '', price: '5' }
    const uploadId = newId('upl')
    await beginUpload(web(), { creatorId, uploadId, name: 'late.csv', byteLength: 4 })
    const early = await publishFile(web(), { ...listing, uploadId })
    expect(early).toMatchObject({ kind: 'invalid', fields: { file: expect.stringContaining('Not all') } })
    const path = join(content.path, 'late')
    writeFileSync(path, 'abc')
    const short = await finishUpload(web(), { creatorId, uploadId, path, claimed: '' })
    expect(short).toMatchObject({ kind: 'invalid', fields: { file: '3 bytes came of 4. Choose the file again.' } })
    writeFileSync(path, 'abcd')
    const stored = await finishUpload(web(), { creatorId, uploadId, path, claimed: '' })
    expect(stored).toMatchObject({ kind: 'stored', mediaType: 'application/octet-stream' })
    // The path is gone by now; the answer is the same.
    expect(await finishUpload(web(), { creatorId, uploadId, path, claimed: '' })).toEqual(stored)
    expect(await publishFile(web(), { ...listing, uploadId })).toMatchObject({ kind: 'published' })
    const again = await publishFile(web(), { ...listing, uploadId })
    expect(again).toMatchObject({ kind: 'invalid', fields: { file: expect.stringContaining('not there any more') } })
  })

  test('of another creator is neither finished, sold nor replaced', async () => {
    const uploadId = await upload('mine')
    const { resourceId } = await sell('Mine', 'mine, sold')
    const { creatorId } = stranger
    const path = join(content.path, 'theirs')
    writeFileSync(path, 'mine')
    expect(await finishUpload(web(), { creatorId, uploadId, path, claimed: '' })).toEqual({ kind: 'unknown' })
    expect(await publishFile(web(), { creatorId, uploadId, title: 'T', lead: '', price: '5' })).toMatchObject({
      kind: 'invalid',
    })
    const theirs = await upload('theirs', 'theirs.csv', creatorId)
    expect(await replaceFile(web(), { creatorId, resourceId, by: { uploadId: theirs } })).toEqual({ kind: 'unknown' })
    expect(await describeFile(web(), { creatorId, resourceId, title: 'T', lead: '' })).toEqual({ kind: 'unknown' })
    expect((await find(resourceId))?.current.version).toBe(1)
  })

  test('without a title, with a price that cannot be read, at an address that is taken is told by its field', async () => {
    const uploadId = await upload('refused')
    const listing = { creatorId: creator.creatorId, uploadId, title: ' ', lead: 'a\nb', price: 'free' }
    const refused = await publishFile(web(), listing)
    expect(refused.kind === 'invalid' ? Object.keys(refused.fields).toSorted() : []).toEqual(['lead', 'price', 'title'])
    await sell('Taken', 'taken')
    const taken = await publishFile(web(), { ...listing, title: 'Taken', lead: '', price: '5', slug: 'taken' })
    expect(taken).toMatchObject({ kind: 'invalid', fields: { slug: expect.any(String) } })
    expect(await publishFile(web(), { ...listing, title: 'Taken', lead: '', price: '5' })).toMatchObject({
      kind: 'published',
      slug: 'taken-2',
    })
  })

  test('that is deleted leaves its address, service and sales, and none of its versions', async () => {
    const { creatorId } = creator
    const { resourceId, slug, service } = await sell('Short lived', 'one')
    await replaceFile(web(), { creatorId, resourceId, by: { uploadId: await upload('two') } })
    await settleSale({ database }, 'Short lived', 50_000n)
    const key = { creatorId, resourceId }
    const loss = await readFileLoss(web(), key)
    expect(loss).toEqual({ isPublished: true, fileVersions: 2, buyers: 1, openInvoices: 0 })
    const before = await changeNumber()
    const confirmed = { fileVersions: 2, buyers: 1 }
    expect(await deleteFile(web(), { ...key, confirmed })).toEqual({ kind: 'deleted', wasPublished: true })
    expect(await changeNumber()).toBeGreaterThan(before)
    expect(await find(resourceId)).toBeNull()
    expect(await database.owner.client.fileVersion.count({ where: { resourceId } })).toBe(0)
    const row = await database.owner.client.resource.findFirst({ where: { id: resourceId } })
    expect(row).toMatchObject({ slug, service, deletedAt: expect.any(Date) })
    expect(await database.owner.client.settlement.count({ where: { resourceId } })).toBe(1)
    expect((await sell('Short lived', 'three')).slug).toBe(`${slug}-2`)
    expect(await deleteFile(web(), { ...key, confirmed })).toEqual({ kind: 'unknown' })
  })

  test('is not deleted by another creator, nor when it was bought or replaced since somebody was told what is lost', async () => {
    const { creatorId } = creator
    const { resourceId } = await sell('Kept', 'kept')
    const confirmed = { fileVersions: 1, buyers: 0 }
    const theirs = { creatorId: stranger.creatorId, resourceId, confirmed }
    expect(await deleteFile(web(), theirs)).toEqual({ kind: 'unknown' })
    expect(await readFileLoss(web(), theirs)).toBeNull()
    await settleSale({ database }, 'Kept', 50_000n)
    expect(await deleteFile(web(), { creatorId, resourceId, confirmed })).toMatchObject({
      kind: 'changed',
      loss: { buyers: 1 },
    })
    await replaceFile(web(), { creatorId, resourceId, by: { uploadId: await upload('kept, new') } })
    expect(await deleteFile(web(), { creatorId, resourceId, confirmed: { fileVersions: 1, buyers: 1 } })).toMatchObject(
      {
        kind: 'changed',
        loss: { fileVersions: 2 },
      },
    )
    expect((await find(resourceId))?.current.version).toBe(2)
  })

  test('is replaced by versions, each kept, and one of before is sold again', async () => {
    const { creatorId } = creator
    const { resourceId, service } = await sell('Chart', 'first')
    const before = await changeNumber()
    const replaced = await replaceFile(web(), {
      creatorId,
      resourceId,
      by: { uploadId: await upload('second', 'new.csv') },
    })
    expect(replaced).toEqual({ kind: 'replaced', version: 2 })
    expect(await changeNumber()).toBeGreaterThan(before)
    expect((await find(resourceId))?.current).toMatchObject({ version: 2, name: 'new.csv', byteLength: 6 })
    expect(await replaceFile(web(), { creatorId, resourceId, by: { version: 1 } })).toMatchObject({ kind: 'replaced' })
    const file = await find(resourceId)
    expect(file?.current).toMatchObject({ version: 1, name: 'Chart.csv' })
    expect(file?.versions.map(({ version }) => version)).toEqual([2, 1])
    expect(await replaceFile(web(), { creatorId, resourceId, by: { version: 9 } })).toEqual({ kind: 'unknown' })
    const row = await database.owner.client.resource.findFirstOrThrow({ where: { id: resourceId } })
    expect(row.service).toBe(service)
  })

  test('is told of in other words without new bytes', async () => {
    const { creatorId } = creator
    const { resourceId } = await sell('Words', 'words')
    expect(await describeFile(web(), { creatorId, resourceId, title: '', lead: '' })).toMatchObject({ kind: 'invalid' })
    expect(await describeFile(web(), { creatorId, resourceId, title: 'Better', lead: 'On it.' })).toEqual({
      kind: 'described',
    })
    expect(await find(resourceId)).toMatchObject({ title: 'Better', lead: 'On it.', current: { version: 1 } })
  })

  test('marks its resource, so that a gateway reads it anew', async () => {
    const { creatorId } = creator
    const { resourceId } = await sell('Marked', 'marked')
    const mark = async () =>
      (await database.owner.client.resource.findFirstOrThrow({ where: { id: resourceId } })).changedIn
    const before = await mark()
    await replaceFile(web(), { creatorId, resourceId, by: { uploadId: await upload('marked anew') } })
    expect(await mark()).toBeGreaterThan(before)
    const found = await listCatalogFiles(database.gate.client, [{ creatorId, resourceId }])
    expect(found.get(resourceName({ creatorId, resourceId }))).toMatchObject({ version: 2, byteLength: 11 })
  })
})

describe('what a creator may keep', () => {
  test('is counted from the first byte announced, and refused with the figures', async () => {
    const { creatorId } = stranger
    const begin = (byteLength: number, quota = { files: 100, bytes: 1_000 }) =>
      beginUpload({ db: database.web, quota }, { creatorId, uploadId: newId('upl'), name: 'x', byteLength })
    const { bytes } = await database.web.asCreator(creatorId, (tx) => sumFiles(tx, creatorId))
    expect(await begin(1_000 - bytes)).toEqual({ kind: 'begun', name: 'x' })
    expect(await begin(1)).toMatchObject({ kind: 'invalid', fields: { file: expect.stringContaining('together') } })
    expect(await begin(1, { files: 1, bytes: 10_000 })).toMatchObject({ kind: 'invalid' })
    expect(await begin(0, { files: 100, bytes: 10_000 })).toMatchObject({ kind: 'invalid' })
    expect(await begin(5_000_000_001, { files: 100, bytes: 1e12 })).toMatchObject({ kind: 'invalid' })
  })

  test('is not passed by thirty uploads at once', async () => {
    const { creatorId } = creator
    const before = await database.web.asCreator(creatorId, (tx) => sumFiles(tx, creatorId))
    const quota = { files: 1_000, bytes: before.bytes + 1_050 }
    const begun = await Promise.all(
      Array.from({ length: 30 }, () =>
        beginUpload({ db: database.web, quota }, { creatorId, uploadId: newId('upl'), name: 'x', byteLength: 100 }),
      ),
    )
    expect(begun.filter(({ kind }) => kind === 'begun')).toHaveLength(10)
  })
})

test('content that only a version of before names is kept, and an upload that nobody sold is forgotten', async () => {
  const { creatorId } = creator
  const { resourceId } = await sell('Kept', 'kept, first')
  const first = (await find(resourceId))?.current.digest ?? ''
  await replaceFile(web(), { creatorId, resourceId, by: { uploadId: await upload('kept, second') } })
  await upload('never sold')
  const left = async () => database.owner.client.upload.count({ where: { creatorId, name: 'notes.csv' } })
  expect(await left()).toBeGreaterThan(0)
  await deleteUploads(database.jobs.client, { before: new Date(Date.now() + 1_000), limit: 1_000 })
  expect(await left()).toBe(0)
  const collect = (days: number) =>
    collectContent(
      {
        db: database.jobs,
        clock: { now: () => new Date(Date.now() + days * 24 * 3_600_000) },
        log: silentLog,
        content: { folder: content.path, blobs: content.blobs },
      },
      new AbortController().signal,
    )
  await collect(0)
  expect((await collect(8)).files).toBeGreaterThan(0)
  expect(await content.blobs.stat(first)).not.toBeNull()
})
