/** Pictures that lie elsewhere: asked for by the dashboard's role, fetched and attached by the jobs', over real HTTP. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { askPictures } from '#lib/paywall/resources/article/ask-pictures.ts'
import { fetchPictures } from '#lib/paywall/resources/article/fetch-pictures.ts'
import { deleteFetches, listWaiting, takeEnded } from '#lib/paywall/resources/article/fetch-store.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { type BuiltCreator, buildCreator, createTestBlobs } from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { allowing } from '#tests/support/egress.ts'
import { testPictures } from '#tests/support/renderer.ts'

const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
let stranger: BuiltCreator
let server: Server
let egress: Egress
let origin: string
/** Paths that were asked for. */
const asked: string[] = []
const signal = new AbortController().signal

beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs })
  stranger = await buildCreator({ db: database.owner, blobs: content.blobs })
  const picture = await sharp({ create: { width: 900, height: 30, channels: 3, background: 'teal' } })
    .withExif({ IFD0: { Copyright: 'somebody' } })
    .jpeg()
    .toBuffer()
  server = createServer((req, res) => {
    asked.push(req.url ?? '')
    const [, kind] = req.url?.split('/') ?? []
    if (kind === 'picture') res.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture)
    else if (kind === 'page') res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>')
    else if (kind === 'moved') res.writeHead(302, { location: `${origin}/picture/behind` }).end()
    else if (kind === 'broken') res.writeHead(200, { 'content-type': 'image/png' }).end('no picture at all')
    else if (kind === 'large') res.writeHead(200, { 'content-type': 'image/png', 'content-length': 1e9 }).end('x')
    else res.writeHead(404, { 'content-type': 'text/html' }).end('nothing')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  egress = createEgress({ allow: allowing(new URL(origin).host) })
})
beforeEach(() => void asked.splice(0))
afterAll(async () => {
  await egress.close()
  await new Promise((resolve) => server.close(resolve))
  content.remove()
  await database.close()
})

const web = () => ({ db: database.web })
const jobs = () => ({ db: database.jobs, clock: systemClock, egress, pictures: testPictures, content })
const run = () => fetchPictures(jobs(), signal)

async function newArticle(creatorId = creator.creatorId) {
  const draft = { title: 'Tides', lead: '', markdown: 'Text.', cutBlock: 0, resourceId: null, revision: null }
  const saved = await saveArticle(web(), { creatorId, ...draft })
  if (saved.kind !== 'saved') throw new RangeError(JSON.stringify(saved))
  return { creatorId, resourceId: saved.resourceId }
}
const take = (key: { creatorId: string; resourceId: string }) =>
  database.web.asCreator(key.creatorId, (tx) => takeEnded(tx, key))

describe('a picture that lies elsewhere', () => {
  test('becomes a picture of the article, written anew, when its creator asks for it', async () => {
    const key = await newArticle()
    const url = `${origin}/picture/a.jpg?size=1&x=%20`
    expect(await askPictures(web(), { ...key, urls: [url, url] })).toEqual({ kind: 'asked', count: 1 })
    expect(await take(key)).toEqual({ waiting: 1, ended: [] })
    await run()
    const { waiting, ended } = await take(key)
    const digest = ended[0]?.end.kind === 'fetched' ? ended[0].end.digest : ''
    expect([waiting, ended.map((one) => one.url), asked]).toEqual([0, [url], ['/picture/a.jpg?size=1&x=%20']])
    const article = await findArticle(database.web, key)
    expect(article?.pictures).toMatchObject([{ digest, width: 900, height: 30, mediaType: 'image/jpeg' }])
    expect(article?.pictures[0]?.smaller).toHaveLength(1)
    expect(Buffer.from((await content.blobs.get(digest)) ?? []).includes('somebody')).toBe(false)
    expect(await take(key)).toEqual({ waiting: 0, ended: [] })
  })

  test.each([
    ['/nothing', /answered 404/],
    ['/page', /no picture, but to a page/],
    ['/moved', /redirect/],
    ['/broken', /PNG, JPEG, GIF, WebP or AVIF/],
    ['/large', /larger than/],
  ])('at %s is told why it cannot be had, and is followed nowhere', async (path, sentence) => {
    const key = await newArticle()
    await askPictures(web(), { ...key, urls: [origin + path] })
    await run()
    expect((await take(key)).ended).toEqual([
      { url: origin + path, end: { kind: 'failed', problem: expect.stringMatching(sentence) } },
    ])
    expect(asked).toEqual([path])
    expect((await findArticle(database.web, key))?.pictures).toEqual([])
  })

  test.each([
    'http://127.0.0.1/x.png',
    'http://[::1]:8080/x.png',
    'http://169.254.169.254/x.png',
    'ftp://b.example/x.png',
    'x',
  ])('at %s, which nobody may open from here, is told as such', async (url) => {
    const key = await newArticle()
    await askPictures(web(), { ...key, urls: [url] })
    await run()
    expect((await take(key)).ended).toMatchObject([
      { url, end: { kind: 'failed', problem: expect.stringMatching(/\.$/) } },
    ])
  })

  test('is fetched again when it is asked for again', async () => {
    const key = await newArticle()
    const url = `${origin}/picture/again.jpg`
    for (let i = 0; i < 2; i += 1) {
      await askPictures(web(), { ...key, urls: [url] })
      await run()
    }
    expect((await take(key)).ended).toMatchObject([{ url, end: { kind: 'fetched' } }])
    expect((await findArticle(database.web, key))?.pictures).toHaveLength(1)
  })

  test('of an article that is not the creator’s is not asked for', async () => {
    const { resourceId } = await newArticle()
    const urls = [`${origin}/picture/foreign.jpg`]
    expect(await askPictures(web(), { creatorId: stranger.creatorId, resourceId, urls })).toEqual({ kind: 'unknown' })
    await run()
    expect(asked).toEqual([])
  })

  test('is fetched once, and told once, by two jobs and two pages at once', async () => {
    const key = await newArticle()
    await askPictures(web(), { ...key, urls: [`${origin}/picture/two.jpg`] })
    await Promise.all([run(), run()])
    const taken = await Promise.all([take(key), take(key)])
    expect(taken.flatMap(({ ended }) => ended)).toHaveLength(1)
    expect((await findArticle(database.web, key))?.pictures).toHaveLength(1)
  })
})

describe('bounds', () => {
  test('a creator has at most sixty on their way, in all articles, however many ask at once', async () => {
    const keys = [await newArticle(), await newArticle()]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, round) =>
        askPictures(web(), {
          ...(keys[round % 2] ?? { creatorId: '', resourceId: '' }),
          urls: Array.from({ length: 10 }, (_, i) => `${origin}/nothing/${round}/${i}`),
        }),
      ),
    )
    expect(answers.filter(({ kind }) => kind === 'asked')).toHaveLength(6)
    expect(answers.filter(({ kind }) => kind === 'invalid')).toHaveLength(2)
  })

  test('nobody waits for another’s sixty: each creator’s first comes before anybody’s second', async () => {
    const key = await newArticle(stranger.creatorId)
    await askPictures(web(), { ...key, urls: [`${origin}/picture/mine.jpg`] })
    const [first, second] = await listWaiting(database.jobs.client, 2)
    expect([first?.creatorId, second?.creatorId].toSorted()).toEqual([creator.creatorId, stranger.creatorId].toSorted())
  })

  test('an address that is too long for any server is refused', async () => {
    const key = await newArticle(stranger.creatorId)
    const answer = await askPictures(web(), { ...key, urls: [`${origin}/${'x'.repeat(2_100)}`] })
    expect(answer).toMatchObject({ kind: 'invalid' })
  })

  test('what nobody came back for goes', async () => {
    const before = new Date(Date.now() + 1_000)
    expect(await deleteFetches(database.jobs.client, { before, limit: 10 })).toBe(10)
    while ((await deleteFetches(database.jobs.client, { before, limit: 50 })) > 0);
    expect(await listWaiting(database.jobs.client, 1)).toEqual([])
  })
})

describe('rights', () => {
  test('the jobs see that there is a draft, and not a word of it', async () => {
    await expect(database.jobs.client.$queryRaw`select markdown from article_draft`).rejects.toThrow(
      /permission denied/,
    )
  })

  test('the jobs ask for nothing themselves', async () => {
    const insert = database.jobs.client.$executeRaw`
      insert into picture_fetch (creator_id, resource_id, url) values ('a', 'b', 'c')`
    await expect(insert).rejects.toThrow(/permission denied/)
  })
})
