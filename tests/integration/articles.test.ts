/** The creator's side: what can be written, priced and put on sale, and what is told when it cannot. */
import { existsSync, readdirSync } from 'node:fs'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { becomeCreator, createCreator } from '#lib/paywall/creators/create-creator.ts'
import { findMembership } from '#lib/paywall/creators/member-store.ts'
import { setProfile } from '#lib/paywall/creators/set-profile.ts'
import { claimUse } from '#lib/paywall/entitlements/entitlement-store.ts'
import { listPrices } from '#lib/paywall/offers/price-store.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { findArticle, listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { attachPicture } from '#lib/paywall/resources/article/attach-picture.ts'
import { type PictureStorage, sumPictures } from '#lib/paywall/resources/article/picture-store.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import {
  findVersion,
  listChanged,
  listVersions,
  sumVersions,
  type VersionStorage,
} from '#lib/paywall/resources/article/version-store.ts'
import { readCatalog } from '#lib/paywall/resources/catalog-store.ts'
import { collectContent } from '#lib/paywall/resources/collect-content.ts'
import { resourceName } from '#lib/paywall/resources/resource.ts'
import { listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { DEMO_EMAIL, seed } from '#prisma/seed.ts'
import { type BuiltCreator, buildCreator, createTestBlobs, TEST_LOADERS } from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { silentLog } from '#tests/support/log.ts'
import { testPictures, testRenderer } from '#tests/support/renderer.ts'

const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
let stranger: BuiltCreator
beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs })
  stranger = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
})
afterAll(async () => {
  content.remove()
  await database.close()
})

const web = () => ({
  db: database.web,
  blobs: content.blobs,
  renderer: testRenderer,
  pictures: testPictures,
  clock: systemClock,
})
const DRAFT = { title: 'Tides', lead: '', markdown: 'Free.\n\nPaid.', cutBlock: 1 }
type NewDraft = Partial<typeof DRAFT> & { slug?: string; language?: string | null }

const save = (
  draft: NewDraft,
  at: { resourceId: string | null; revision: number | null } = { resourceId: null, revision: null },
) => saveArticle(web(), { creatorId: creator.creatorId, ...at, ...DRAFT, ...draft })

async function saved(draft: NewDraft = {}): Promise<{ resourceId: string; slug: string; revision: number }> {
  const outcome = await save(draft)
  if (outcome.kind !== 'saved') throw new RangeError(JSON.stringify(outcome))
  return outcome
}

const keyOf = (resourceId: string) => ({ creatorId: creator.creatorId, resourceId })

describe('createCreator', () => {
  async function newUser(): Promise<string> {
    const id = `usr_${Math.random().toString(36).slice(2)}`
    await database.owner.client.user.create({ data: { id, email: `${id}@example.test` } })
    return id
  }

  test('makes its person the owner, with the rights of the web role alone', async () => {
    const userId = await newUser()
    const created = await createCreator(web(), { userId, handle: 'fresh-handle', name: 'Fresh' })
    expect(created).toMatchObject({ kind: 'created', shortId: expect.stringMatching(/^[a-z0-9]{3}$/) })
    expect(await findMembership(database.web, userId)).toMatchObject({
      handle: 'fresh-handle',
      name: 'Fresh',
      role: 'owner',
    })
    expect(await findMembership(database.web, await newUser())).toBeNull()
  })

  test('of a taken handle tells so and offers free ones', async () => {
    const outcome = await createCreator(web(), { userId: await newUser(), handle: creator.handle, name: 'Second' })
    expect(outcome).toMatchObject({ kind: 'invalid', fields: { handle: 'Somebody has this handle already.' } })
    expect(outcome.kind === 'invalid' && outcome.freeHandles).toHaveLength(3)
  })

  test('of one handle by twenty at once succeeds once', async () => {
    const userId = await newUser()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => createCreator(web(), { userId, handle: 'contested', name: 'N' })),
    )
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1)
  })

  test('of twenty first publishings of one person at once there is one creator, and all of them get it', async () => {
    const userId = await newUser()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => becomeCreator(web(), { userId, handle: `first-of-${n}`, name: 'N' })),
    )
    const ids = new Set(outcomes.map((outcome) => ('creatorId' in outcome ? outcome.creatorId : outcome.kind)))
    expect(outcomes.filter(({ kind }) => kind === 'created').length).toBe(1)
    expect(outcomes.filter(({ kind }) => kind === 'existing').length).toBe(19)
    expect(ids.size).toBe(1)
    const owned = await database.owner.client.member.findMany({ where: { userId } })
    expect(owned.map(({ creatorId }) => creatorId)).toEqual([...ids])
    expect(await becomeCreator(web(), { userId: await newUser(), handle: 'somebody-else', name: 'N' })).toMatchObject({
      kind: 'created',
    })
  })

  test('a profile is changed as a whole, or a sentence stands beside each field that cannot be', async () => {
    const created = await createCreator(web(), { userId: await newUser(), handle: 'profiled', name: 'Before' })
    const creatorId = created.kind === 'created' ? created.creatorId : ''
    const profile = { name: ' Mørk ', byline: 'Ingrid', about: 'One.\nTwo.', language: 'nb', timeZone: 'Europe/Oslo' }
    const read = () => database.owner.client.creator.findUniqueOrThrow({ where: { id: creatorId } })
    const before = await read()
    expect(await setProfile(web(), { creatorId, ...profile })).toEqual({ kind: 'set' })
    expect(await read()).toMatchObject({ ...profile, name: 'Mørk', changeNumber: before.changeNumber + 1n })
    const refused = await setProfile(web(), {
      ...{ creatorId, name: ' ', byline: 'x'.repeat(121), about: 'a\0b', language: 'xx_yy', timeZone: 'Moon/Base' },
    })
    expect(refused).toEqual({
      kind: 'invalid',
      fields: Object.fromEntries(
        ['name', 'byline', 'about', 'language', 'timeZone'].map((name) => [name, expect.any(String)]),
      ),
    })
    expect(await read()).toMatchObject({ name: 'Mørk', byline: 'Ingrid' })
    expect(await setProfile(web(), { ...profile, creatorId: 'cre_nobody' })).toEqual({ kind: 'unknown' })
  })

  test('with a bad handle and no name tells both, beside their fields', async () => {
    const outcome = await createCreator(web(), { userId: 'usr', handle: 'A B', name: ' ' })
    expect(outcome).toMatchObject({ kind: 'invalid', fields: { handle: expect.any(String), name: expect.any(String) } })
  })
})

describe('saveArticle', () => {
  test('keeps a draft from the first key, without a title', async () => {
    expect(await saved({ title: '', markdown: '' })).toMatchObject({ slug: 'untitled', revision: 1 })
  })

  test('of two editors at once tells the second what the first wrote, and loses neither', async () => {
    const { resourceId } = await saved({ title: 'Two editors' })
    expect(await save({ markdown: 'first' }, { resourceId, revision: 1 })).toMatchObject({ kind: 'saved', revision: 2 })
    const outcome = await save({ markdown: 'second' }, { resourceId, revision: 1 })
    expect(outcome).toMatchObject({ kind: 'conflict', theirs: { revision: 2, markdown: 'first' } })
    expect((await findArticle(database.web, keyOf(resourceId)))?.markdown).toBe('first')
  })

  test('of one revision by twenty editors at once is won by one', async () => {
    const { resourceId } = await saved({ title: 'Twenty editors' })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => save({ markdown: `text ${n}` }, { resourceId, revision: 1 })),
    )
    expect(outcomes.filter(({ kind }) => kind === 'saved')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(19)
  })

  test('gives equal titles different addresses, and refuses a chosen one that is taken', async () => {
    const slugs = [await saved({ title: 'Same' }), await saved({ title: 'Same' })].map(({ slug }) => slug)
    expect(slugs).toEqual(['same', 'same-2'])
    expect(await save({ slug: 'same' })).toMatchObject({
      kind: 'invalid',
      fields: { slug: expect.stringContaining('has this address') },
    })
  })

  test('lets the address follow the title until it is published, and no title moves it after', async () => {
    const { resourceId } = await saved({ title: 'Wor' })
    expect(await save({ title: 'Working title' }, { resourceId, revision: 1 })).toMatchObject({ slug: 'working-title' })
    await setPrice(web(), { ...keyOf(resourceId), price: '10' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 2 })
    expect(await save({ title: 'Better title' }, { resourceId, revision: 2 })).toMatchObject({
      kind: 'saved',
      slug: 'working-title',
    })
  })

  test('gives a title of other letters an address in Latin ones', async () => {
    expect(await saved({ title: 'Прилив и отлив' })).toMatchObject({ slug: 'priliv-i-otliv' })
  })

  test('moves a published article to a chosen address, and the one before leads there for ever', async () => {
    const { resourceId } = await saved({ title: 'First place' })
    await setPrice(web(), { ...keyOf(resourceId), price: '10' })
    const first = await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    expect(await save({ title: 'First place', slug: 'second-place' }, { resourceId, revision: 1 })).toMatchObject({
      kind: 'saved',
      slug: 'second-place',
    })
    const wanted = { handle: creator.handle, since: 0n, deniedUpTo: -1n }
    const read = await readCatalog({ db: database.gate, loaders: TEST_LOADERS }, [wanted], new Date())
    const rows = read.byHandle.get(creator.handle)
    expect(rows?.moved).toContainEqual({ ...keyOf(resourceId), slug: 'first-place' })
    expect(rows?.resources.find(({ id }) => id === resourceId)).toMatchObject({
      slug: 'second-place',
      service: first.kind === 'published' ? first.service : '',
    })
    // Nobody else gets it, by choice or by title; the article itself may go back.
    expect(await save({ slug: 'first-place' })).toMatchObject({ kind: 'invalid', fields: { slug: expect.any(String) } })
    expect(await saved({ title: 'First place' })).toMatchObject({ slug: 'first-place-2' })
    expect(await save({ slug: 'first-place' }, { resourceId, revision: 2 })).toMatchObject({ slug: 'first-place' })
  })

  test('moves one article to one address when twenty want it at once', async () => {
    const drafts = await Promise.all(Array.from({ length: 20 }, (_, n) => saved({ title: `Mover ${n}` })))
    const outcomes = await Promise.all(
      drafts.map(({ resourceId }) => save({ slug: 'wanted-by-all' }, { resourceId, revision: 1 })),
    )
    expect(outcomes.filter(({ kind }) => kind === 'saved')).toHaveLength(1)
  })

  test.each([
    ['five megabytes of text', { markdown: 'word '.repeat(1_000_000) }, 'markdown'],
    ['a NUL character', { markdown: 'a\0b' }, 'markdown'],
    ['a title of two lines', { title: 'a\nb' }, 'title'],
    ['a title without end', { title: 'x'.repeat(201) }, 'title'],
    ['a cut before the beginning', { cutBlock: -1 }, 'cutBlock'],
    ['an address with a slash', { slug: 'a/b' }, 'slug'],
    ['a language that is none', { language: 'not a language' }, 'language'],
  ])('refuses %s beside its field', async (_, draft, field) => {
    expect(await save(draft)).toMatchObject({ kind: 'invalid', fields: { [field]: expect.any(String) } })
  })

  test('of another creator is unknown, and changes nothing', async () => {
    const theirs = stranger.articles[0]?.resourceId ?? ''
    expect(await save({ markdown: 'mine now' }, { resourceId: theirs, revision: 1 })).toEqual({ kind: 'unknown' })
    expect(await findArticle(database.web, keyOf(theirs))).toBeNull()
  })
})

describe('setPrice', () => {
  test('appends a version, and setting the same price again adds none', async () => {
    const { resourceId } = await saved({ title: 'Priced' })
    expect(await setPrice(web(), { ...keyOf(resourceId), price: '210' })).toMatchObject({ kind: 'applied', version: 1 })
    expect(await setPrice(web(), { ...keyOf(resourceId), price: '210' })).toMatchObject({
      kind: 'replayed',
      version: 1,
    })
    expect(await setPrice(web(), { ...keyOf(resourceId), price: '300' })).toMatchObject({ kind: 'applied', version: 2 })
    expect((await listPrices(database.web, keyOf(resourceId))).map(({ amountMsat }) => amountMsat)).toEqual([
      300_000n,
      210_000n,
    ])
  })

  test('twenty times at once gives every price its own version', async () => {
    const { resourceId } = await saved({ title: 'Contested price' })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => setPrice(web(), { ...keyOf(resourceId), price: String(n + 1) })),
    )
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true)
    expect((await listPrices(database.web, keyOf(resourceId))).map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, n) => 20 - n),
    )
  })

  test('refuses what is no price beside its field, and another creator’s resource as unknown', async () => {
    const { resourceId } = await saved()
    expect(await setPrice(web(), { ...keyOf(resourceId), price: '0' })).toMatchObject({
      kind: 'invalid',
      fields: { price: expect.any(String) },
    })
    expect(await setPrice(web(), { ...keyOf(stranger.articles[0]?.resourceId ?? ''), price: '1' })).toEqual({
      kind: 'unknown',
    })
  })
})

describe('publishArticle', () => {
  test('names the service once, from short id and address, and keeps name and day when published again', async () => {
    const { resourceId } = await saved({ title: 'Named once' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    const published = await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    expect(published).toMatchObject({ kind: 'published', service: `${creator.shortId}-named-once` })
    const first = await findArticle(database.web, keyOf(resourceId))
    await save({ title: 'Renamed' }, { resourceId, revision: 1 })
    expect(await publishArticle(web(), { ...keyOf(resourceId), revision: 2 })).toMatchObject({
      service: `${creator.shortId}-named-once`,
    })
    const second = await findArticle(database.web, keyOf(resourceId))
    expect(second?.publishedAt).toEqual(first?.publishedAt)
    expect(await database.owner.client.service.count({ where: { name: `${creator.shortId}-named-once` } })).toBe(1)
  })

  test.each([
    ['guessed from the text', 'ים '.concat('הים בא והולך פעמיים ביום. '.repeat(4)), null, 'he'],
    ['as the creator chose', 'Free and paid.', 'pt-BR', 'pt-BR'],
    ['English where nothing tells', 'x', null, 'en'],
  ])('has the language %s', async (_, text, language, expected) => {
    const { resourceId } = await saved({ title: 'Language', markdown: `${text}\n\n${text}`, language })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    const row = await database.owner.client.resource.findFirst({ where: { id: resourceId } })
    expect(row?.language).toBe(expected)
  })

  test('shows a formatted title as plain text', async () => {
    const { resourceId } = await saved({ title: '*Tides* &amp; `clocks`' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    const row = await database.owner.client.resource.findFirst({ where: { id: resourceId } })
    expect(row?.title).toBe('Tides & clocks')
  })

  test('keeps each version whole, and tells when the draft says something else', async () => {
    const { resourceId } = await saved({ title: 'Versions', markdown: 'Free.\n\nPaid one.' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    const summary = async () => {
      const listed = await listResources(database.web, creator.creatorId)
      const changed = await listChanged(database.web, { creatorId: creator.creatorId, resourceIds: [resourceId] })
      return { ...listed.find(({ id }) => id === resourceId), hasChanges: changed.has(resourceId) }
    }
    expect(await summary()).toMatchObject({ title: 'Versions', hasChanges: false })
    await save({ title: 'Versions two', markdown: 'Free.\n\nPaid two.' }, { resourceId, revision: 1 })
    expect(await summary()).toMatchObject({ title: 'Versions', hasChanges: true })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 2 })
    expect(await summary()).toMatchObject({ title: 'Versions two', hasChanges: false })
    expect((await listVersions(database.web, keyOf(resourceId))).map(({ revision }) => revision)).toEqual([2, 1])
    const first = await findVersion(database.web, { ...keyOf(resourceId), revision: 1 })
    expect(first).toMatchObject({ title: 'Versions', markdown: 'Free.\n\nPaid one.' })
    const theirs = { creatorId: stranger.creatorId, resourceId, revision: 1 }
    expect(await findVersion(database.web, theirs)).toBeNull()
  })

  test('tells of it in the same transaction that did it', async () => {
    const { resourceId } = await saved({ title: 'Told' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    const events = await database.owner.client.outbox.findMany({ where: { type: 'resource.published' } })
    expect(events.filter(({ payload }) => JSON.stringify(payload).includes(resourceId))).toHaveLength(1)
  })

  test.each([
    ['no title', { title: '  ' }, '5', 'title'],
    ['no price', {}, null, 'price'],
    ['nothing behind the cut', { cutBlock: 2 }, '5', 'cutBlock'],
  ])('with %s is refused beside its field and sells nothing', async (_, draft, price, field) => {
    const { resourceId } = await saved(draft)
    if (price !== null) await setPrice(web(), { ...keyOf(resourceId), price })
    expect(await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })).toMatchObject({
      kind: 'invalid',
      fields: { [field]: expect.any(String) },
    })
    expect((await findArticle(database.web, keyOf(resourceId)))?.publishedAt).toBeNull()
  })

  test('of a draft that was saved meanwhile is a conflict, and publishes neither', async () => {
    const { resourceId } = await saved({ title: 'Moving' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await save({ markdown: 'Newer.\n\nPaid.' }, { resourceId, revision: 1 })
    expect(await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })).toMatchObject({
      kind: 'conflict',
      theirs: { revision: 2 },
    })
    expect((await findArticle(database.web, keyOf(resourceId)))?.publishedAt).toBeNull()
  })

  test('tells what unsafe markup was left out', async () => {
    const { resourceId } = await saved({ title: 'Unsafe', markdown: 'Free.\n\n<script>alert(1)</script>\n\nPaid.' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    const published = await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    expect(published.kind === 'published' && published.removed.map(({ line }) => line)).toEqual([3])
  })

  test('notes which pictures are free and which are paid for', async () => {
    const { resourceId } = await saved({ title: 'Pictures' })
    const png = (red: number) =>
      sharp({ create: { width: 900, height: 9, channels: 3, background: { r: red, g: 0, b: 0 } } })
        .png()
        .toBuffer()
    const pictures = [
      await attachPicture(web(), { ...keyOf(resourceId), bytes: await png(1) }),
      await attachPicture(web(), { ...keyOf(resourceId), bytes: await png(2) }),
    ]
    const [free, paid] = pictures.map((picture) =>
      picture.kind === 'attached' ? picture : { reference: '', digest: '' },
    )
    const markdown = `![free](${free?.reference})\n\n![paid](${paid?.reference})\n\nPaid text.`
    await save({ title: 'Pictures', markdown }, { resourceId, revision: 1 })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    expect(await publishArticle(web(), { ...keyOf(resourceId), revision: 2 })).toMatchObject({
      kind: 'published',
      removed: [],
    })
    const rows = await database.owner.client.articlePicture.findMany({ where: { resourceId } })
    const inPreview = new Map(rows.map((row) => [Buffer.from(row.digest).toString('hex'), row.inPreview]))
    expect([inPreview.get(free?.digest ?? ''), inPreview.get(paid?.digest ?? '')]).toEqual([true, false])
    // Each has a smaller copy, free or paid as the picture is.
    const copies = rows.filter(({ ofDigest }) => ofDigest !== null)
    expect(
      copies.map((row) => [Buffer.from(row.ofDigest ?? []).toString('hex') === free?.digest, row.inPreview]),
    ).toEqual(
      expect.arrayContaining([
        [true, true],
        [false, false],
      ]),
    )
  })
})

describe('attachPicture', () => {
  test.each([
    ['a script in a picture’s clothes', new TextEncoder().encode('<svg onload="alert(1)"/>')],
    ['nothing', new Uint8Array()],
    ['six megabytes', new Uint8Array(6_000_000)],
    ['eleven megabytes', new Uint8Array(11_000_000)],
    ['the mark of a picture and nothing behind it', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ])('refuses %s', async (_, bytes) => {
    const { resourceId } = await saved()
    expect(await attachPicture(web(), { ...keyOf(resourceId), bytes })).toMatchObject({
      kind: 'invalid',
      fields: { picture: expect.any(String) },
    })
  })
})

describe('the pictures of a creator', () => {
  const png = (red: number) =>
    sharp({ create: { width: 20, height: 9, channels: 3, background: { r: red, g: 0, b: 0 } } })
      .png()
      .toBuffer()
  const blobCount = () => {
    const names = existsSync(content.path) ? readdirSync(content.path, { recursive: true }) : []
    return names.filter((name) => /[0-9a-f]{64}$/.test(String(name))).length
  }

  test('have a number and a size that eight at once do not pass, and nothing more is stored when they are full', async () => {
    const { resourceId } = await saved({ title: 'Quota' })
    const used = await database.web.asCreator(creator.creatorId, (tx) => sumPictures(tx, creator.creatorId))
    const attach = async (red: number, quota: PictureStorage) =>
      attachPicture({ ...web(), quota }, { ...keyOf(resourceId), bytes: await png(red) })
    const number = { pictures: used.pictures + 3, bytes: used.bytes + 1_000_000 }
    const together = await Promise.all(Array.from({ length: 8 }, (_, n) => attach(100 + n, number)))
    expect(together.filter(({ kind }) => kind === 'attached')).toHaveLength(3)
    const before = blobCount()
    expect(await attach(200, number)).toMatchObject({
      kind: 'invalid',
      fields: { picture: expect.stringContaining('You can keep') },
    })
    expect(blobCount()).toBe(before)
    const size = { pictures: 1_000, bytes: used.bytes }
    expect(await attach(201, size)).toMatchObject({
      kind: 'invalid',
      fields: { picture: expect.stringContaining('can take') },
    })
    expect(blobCount()).toBe(before)
    expect(await attach(202, { pictures: 1_000, bytes: used.bytes + 1_000_000 })).toMatchObject({ kind: 'attached' })
  })

  test('are those of the creator’s own articles: for another’s nothing is decoded and nothing written', async () => {
    const { resourceId } = await saved({ title: 'Not yours' })
    const before = blobCount()
    const bytes = await png(210)
    expect(await attachPicture(web(), { creatorId: stranger.creatorId, resourceId, bytes })).toEqual({
      kind: 'unknown',
    })
    expect(blobCount()).toBe(before)
    expect(await attachPicture(web(), { ...keyOf(resourceId), bytes })).toMatchObject({ kind: 'attached' })
  })
})

describe('the versions of a creator', () => {
  test('have a number that five at once do not pass; what is on sale stays as it is', async () => {
    const drafts = await Promise.all(Array.from({ length: 5 }, (_, n) => saved({ title: `Full ${n}` })))
    for (const { resourceId } of drafts) await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    const used = await database.web.asCreator(creator.creatorId, (tx) => sumVersions(tx, creator.creatorId))
    const publish = (resourceId: string, quota: VersionStorage) =>
      publishArticle({ ...web(), quota }, { ...keyOf(resourceId), revision: 1 })
    const number = { versions: used.versions + 2, bytes: 1_000_000_000 }
    const outcomes = await Promise.all(drafts.map(({ resourceId }) => publish(resourceId, number)))
    expect(outcomes.filter(({ kind }) => kind === 'published')).toHaveLength(2)
    expect(outcomes.find(({ kind }) => kind === 'invalid')).toMatchObject({
      fields: { markdown: expect.stringContaining('no more can be kept') },
    })
    const [one] = drafts.filter((_, n) => outcomes[n]?.kind === 'invalid')
    const size = { versions: 1_000, bytes: used.bytes }
    expect(await publish(one?.resourceId ?? '', size)).toMatchObject({ kind: 'invalid' })
    expect((await findArticle(database.web, keyOf(one?.resourceId ?? '')))?.publishedAt).toBeNull()
    expect(await publishArticle(web(), { ...keyOf(one?.resourceId ?? ''), revision: 1 })).toMatchObject({
      kind: 'published',
    })
  })
})

describe('what nobody names any more', () => {
  test('leaves the content folder a week later; what an article or a picture names stays', async () => {
    const { resourceId } = await saved({ title: 'Twice', markdown: 'Free, twice.\n\nFirst.' })
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    const digests = async () => {
      const row = await database.owner.client.article.findFirstOrThrow({ where: { resourceId } })
      return [row.sourceDigest, row.previewDigest, row.bodyDigest].map((digest) => Buffer.from(digest).toString('hex'))
    }
    const publish = async (revision: number) => {
      expect(await publishArticle(web(), { ...keyOf(resourceId), revision })).toMatchObject({ kind: 'published' })
      return digests()
    }
    const [source = '', preview = '', body = ''] = await publish(1)
    await save({ title: 'Twice', markdown: 'Free, twice.\n\nSecond.' }, { resourceId, revision: 1 })
    const second = await publish(2)
    const days = (count: number) => ({ now: () => new Date(Date.now() + count * 24 * 3600 * 1000) })
    const collect = (count: number) =>
      collectContent(
        {
          db: database.jobs,
          clock: days(count),
          log: silentLog,
          content: { folder: content.path, blobs: content.blobs },
        },
        new AbortController().signal,
      )
    await collect(0)
    expect(await content.blobs.stat(source)).not.toBeNull()
    expect((await collect(8)).files).toBeGreaterThanOrEqual(2)
    expect([await content.blobs.stat(source), await content.blobs.stat(body)]).toEqual([null, null])
    expect(second).toContain(preview)
    for (const digest of second) expect(await content.blobs.stat(digest)).not.toBeNull()
    const pictures = await database.owner.client.articlePicture.findMany()
    for (const { digest } of pictures)
      expect(await content.blobs.stat(Buffer.from(digest).toString('hex'))).not.toBeNull()
  })
})

describe('counted uses', () => {
  const claim = (limit: bigint, cost = 1n) =>
    claimUse(database.gate.client, {
      creatorId: creator.creatorId,
      tokenId: new Uint8Array(32).fill(5),
      service: 's',
      kind: `uses-${limit}`,
      cost,
      limit,
    })

  test('are exactly N when a hundred are claimed at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => claim(7n)))
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(7)
    expect(await claim(7n)).toEqual({ kind: 'exhausted' })
  })

  test('tell what remains, and a claim that is too large takes nothing', async () => {
    expect(await claim(5n, 3n)).toEqual({ kind: 'claimed', remaining: 2n })
    expect(await claim(5n, 3n)).toEqual({ kind: 'exhausted' })
    expect(await claim(5n, 2n)).toEqual({ kind: 'claimed', remaining: 0n })
  })

  test('of a limit below the first cost begin with a refusal', async () => {
    expect(await claim(1n, 2n)).toEqual({ kind: 'exhausted' })
  })
})

describe('the demo creator', () => {
  test('is seeded whole, and seeding again doubles nothing and overwrites nothing', async () => {
    const options = { databaseUrl: database.ownerUrl, contentUrl: content.path }
    const first = await seed(options)
    expect(first).toEqual({ handle: 'harbor', email: DEMO_EMAIL, slugs: ['tides', 'storms', 'reading-fog'] })
    const user = await database.owner.client.user.findUniqueOrThrow({ where: { email: DEMO_EMAIL } })
    const member = await findMembership(database.web, user.id)
    const creatorId = member?.creatorId ?? ''
    const tides = (await listResources(database.web, creatorId)).find(({ slug }) => slug === 'tides')
    expect(tides).toMatchObject({ title: 'Tides', state: 'live', amountMsat: 210_000n })
    const key = { creatorId, resourceId: tides?.id ?? '' }
    const published = await listCatalogArticles(database.owner.client, [key])
    expect(published.get(resourceName(key))).toMatchObject({ words: 2140 })
    await setPrice(web(), { creatorId, resourceId: tides?.id ?? '', price: '333' })
    expect(await seed(options)).toEqual(first)
    const again = await listResources(database.web, creatorId)
    expect(again).toHaveLength(3)
    expect(again.find(({ slug }) => slug === 'tides')?.amountMsat).toBe(333_000n)
    expect(await database.owner.client.service.findUnique({ where: { name: 'k3h-tides' } })).not.toBeNull()
  })
})
