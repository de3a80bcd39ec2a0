/** The picture of a creator: on their page, beside their name, in what machines read, and nowhere once it is taken away. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { removePicture, setPicture } from '#lib/paywall/creators/set-picture.ts'
import { setProfile } from '#lib/paywall/creators/set-profile.ts'
import { collectContent } from '#lib/paywall/resources/collect-content.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { silentLog } from '#tests/support/log.ts'
import { testPictures } from '#tests/support/renderer.ts'

const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.changed()
})
afterAll(() => gateway.close())

const deps = () => {
  const folder = gateway.deps.config.CONTENT_URL
  return { db: gateway.database.owner, blobs: createBlobFolder(folder), pictures: testPictures, folder }
}
const page = async (path: string) => (await gateway.ask(path, { headers: BROWSER })).text

async function show(color: string): Promise<string> {
  const bytes = await sharp({ create: { width: 600, height: 400, channels: 3, background: color } })
    .jpeg()
    .toBuffer()
  const set = await setPicture(deps(), { creatorId: gateway.creatorId, bytes })
  if (set.kind !== 'set') throw new RangeError(JSON.stringify(set))
  await gateway.changed()
  return set.digest
}

describe('the picture of a creator', () => {
  test('stands on page, article and card with its description, and in what machines read', async () => {
    const card = await gateway.ask('/_l402/card/tides.png')
    const digest = await show('#a3552b')
    const { name, byline, about } = await gateway.database.owner.client.creator.findUniqueOrThrow({
      where: { id: gateway.creatorId },
    })
    const profile = { name, byline, about, language: 'en', timeZone: 'UTC', pictureAlt: 'Ingrid on the pier' }
    await setProfile(deps(), { creatorId: gateway.creatorId, ...profile })
    await gateway.changed()
    const path = `/_l402/picture/${digest}.webp`
    const front = await page('/')
    expect(front).toContain(`src="${path}" width="80" height="80" alt="Ingrid on the pier"`)
    expect(front).toMatch(new RegExp(`property="og:image" content="http://[^"]+${path}"`))
    expect(front).toContain('content="Ingrid on the pier"')
    expect(readData(front)).toMatchObject({
      mainEntity: { image: expect.stringMatching(new RegExp(`^http.*${path}$`)) },
    })
    const article = await page('/tides')
    expect(article).toContain(`src="${path}" width="28" height="28" alt=""`)
    expect(readData(article)).toMatchObject({
      author: { image: expect.stringContaining(path) },
      publisher: { logo: expect.stringContaining(path) },
    })
    const picture = await gateway.ask(path)
    expect([picture.status, picture.header('content-type')]).toEqual([200, 'image/webp'])
    expect(picture.header('cache-control')).toContain('public')
    const unchanged = await gateway.ask(path, { headers: { 'If-None-Match': picture.header('etag') ?? '' } })
    expect(unchanged.status).toBe(304)
    expect((await gateway.ask('/_l402/card/tides.png')).header('etag')).not.toBe(card.header('etag'))
    expect((await gateway.ask('/robots.txt')).text).toContain('Allow: /_l402/picture/')
  })

  test('without a description is called by the name, and a name is never markup', async () => {
    const digest = await show('#4b5fb5')
    const profile = { name: '"><b>Harbor', byline: '', about: '', language: 'en', timeZone: 'UTC', pictureAlt: '' }
    await setProfile(deps(), { creatorId: gateway.creatorId, ...profile })
    await gateway.changed()
    const front = await page('/')
    expect(front).toContain(`${digest}.webp" width="80" height="80" alt="&quot;&gt;&lt;b&gt;Harbor"`)
    expect(front).not.toContain('<b>Harbor')
    expect(await page('/tides')).toContain('&quot;&gt;&lt;b&gt;Harbor</a>')
  })

  test('is the present one alone: the one before and one that was taken away are sent to nobody, and leave the folder', async () => {
    const before = await show('#111')
    const present = await show('#eee')
    const at = async (digest: string) => (await gateway.ask(`/_l402/picture/${digest}.webp`)).status
    expect([await at(before), await at(present), await at('0'.repeat(64))]).toEqual([404, 200, 404])
    const { db, blobs, folder } = deps()
    for (const day of [0, 8]) {
      const clock = { now: () => new Date(Date.now() + day * 24 * 3600 * 1000) }
      await collectContent({ db, clock, log: silentLog, content: { folder, blobs } }, new AbortController().signal)
    }
    expect([await blobs.stat(before), await blobs.stat(present)]).toEqual([null, { byteLength: expect.any(Number) }])
    await removePicture(deps(), gateway.creatorId)
    await gateway.changed()
    expect(await at(present)).toBe(404)
    for (const path of ['/', '/tides']) expect(await page(path)).not.toContain('/_l402/picture/')
  })

  test('that is no picture, or too large, is refused with a sentence, and the present one stays', async () => {
    const digest = await show('#222')
    const refused = async (bytes: Uint8Array) => setPicture(deps(), { creatorId: gateway.creatorId, bytes })
    for (const bytes of [new Uint8Array([1, 2, 3]), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]) {
      expect(await refused(bytes)).toMatchObject({ kind: 'invalid', fields: { picture: expect.stringMatching(/\.$/) } })
    }
    expect(await refused(new Uint8Array(10_000_001))).toMatchObject({
      fields: { picture: 'A picture has at most 10 MB.' },
    })
    expect((await gateway.ask(`/_l402/picture/${digest}.webp`)).status).toBe(200)
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#000' } })
      .png()
      .toBuffer()
    expect(await setPicture(deps(), { creatorId: 'cre_nobody', bytes })).toEqual({ kind: 'unknown' })
  })
})

function readData(html: string): unknown {
  const [, json = ''] = /<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/s.exec(html) ?? []
  return JSON.parse(json)
}
