/** A file is sold like everything else: 402, paid, 200; its bytes are kept under its name and never act on our origin. */
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { deleteFile, readFileLoss } from '#lib/paywall/resources/file/delete-file.ts'
import { replaceFile } from '#lib/paywall/resources/file/replace-file.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import { download, uploadSeed } from '#tests/support/files.ts'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

/** One white pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg==',
  'base64',
)
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'User-Agent': 'Mozilla/5.0' }
const BYTES = Buffer.from('time,height\n03:12,1.4\n')

let gateway: TestGateway
let bought: Purchase
let resourceId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId } = await gateway.publishFile({
    name: 'tide table.csv',
    bytes: BYTES,
    claimed: 'text/csv',
    title: 'Tide table',
    sats: 70,
  }))
  await gateway.publish({ title: 'Tides', sats: 210 })
  bought = await gateway.buy('/tide-table')
})
afterAll(() => gateway.close())

const ask = (headers: Record<string, string> = {}, path = '/tide-table') => gateway.ask(path, { headers })
const paid = (headers: Record<string, string> = {}, path = '/tide-table') =>
  ask({ Authorization: bought.authorization, ...headers }, path)

describe('who did not pay', () => {
  test.each(['/tide-table', '/tide-table/download'])('is asked to at %s, and told what it is', async (path) => {
    const reply = await ask({}, path)
    expect(reply.status).toBe(402)
    expect(reply.json()).toMatchObject({
      message: '70 sats opens this file.',
      price_sats: 70,
      resource: {
        kind: 'file',
        title: 'Tide table',
        name: 'tide table.csv',
        media_type: 'text/csv',
        bytes: BYTES.length,
      },
    })
    expect(reply.text).not.toContain('03:12')
    expect(reply.header('etag')).toBeUndefined()
    expect(reply.header('repr-digest')).toBeUndefined()
  })

  test('gets no part, no tag and no HEAD of it', async () => {
    for (const headers of [
      { Range: 'bytes=0-1' },
      { 'If-None-Match': '*' },
      { 'If-Range': '"x"', Range: 'bytes=0-1' },
    ]) {
      const reply = await ask(headers as Record<string, string>)
      expect([reply.status, reply.header('content-range')]).toEqual([402, undefined])
    }
    const head = await gateway.ask('/tide-table', { method: 'HEAD' })
    expect([head.status, head.text, head.header('www-authenticate')]).toEqual([402, '', undefined])
  })

  test('opens no file with a token of something else, and no article with one of a file', async () => {
    const other = await gateway.buy('/tides')
    expect((await ask({ Authorization: other.authorization })).json()).toMatchObject({ reason: 'l402.wrong_service' })
    expect((await paid({}, '/tides')).status).toBe(402)
  })

  test('with a browser sees the page with the ticket and no invoice, and nothing of the bytes', async () => {
    const page = await ask(BROWSER)
    expect(page.status).toBe(200)
    expect(page.header('www-authenticate')).toBeUndefined()
    for (const text of ['Tide table', 'tide table.csv', '22 bytes', 'Unlock for 70 sats'])
      expect(page.text).toContain(text)
    for (const text of ['03:12', '/download', createHash('sha256').update(BYTES).digest('hex')])
      expect(page.text).not.toContain(text)
  })

  test('may not write here', async () => {
    const reply = await gateway.ask('/tide-table', { method: 'PUT', body: 'x' })
    expect([reply.status, reply.header('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await ask({}, '/tide-table/other')).status).toBe(404)
    expect((await ask({}, '/tide-table/download/x')).status).toBe(404)
  })
})

describe('who paid', () => {
  test.each(['/tide-table', '/tide-table/download'])(
    'gets the bytes at %s, under their name, for nobody else',
    async (path) => {
      const reply = await paid({}, path)
      expect([reply.status, reply.text]).toEqual([200, BYTES.toString()])
      const digest = createHash('sha256').update(BYTES).digest()
      const fields = Object.fromEntries(
        [
          'content-type',
          'content-length',
          'content-disposition',
          'cache-control',
          'etag',
          'repr-digest',
          'accept-ranges',
          'x-content-type-options',
        ].map((name) => [name, reply.header(name)]),
      )
      expect(fields).toEqual({
        'content-type': 'text/csv',
        'content-length': String(BYTES.length),
        'content-disposition': 'attachment; filename="tide table.csv"',
        'cache-control': 'private, no-store',
        etag: `"${digest.toString('hex').slice(0, 32)}"`,
        'repr-digest': `sha-256=:${digest.toString('base64')}:`,
        'accept-ranges': 'bytes',
        'x-content-type-options': 'nosniff',
      })
      expect(reply.header('content-security-policy')).toContain('sandbox')
    },
  )

  test('asks with HEAD for the same fields, and is not sent again what it has', async () => {
    const whole = await paid()
    const head = await gateway.ask('/tide-table', { method: 'HEAD', headers: { Authorization: bought.authorization } })
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of [
      'content-type',
      'content-length',
      'etag',
      'repr-digest',
      'accept-ranges',
      'content-disposition',
    ])
      expect([name, head.header(name)]).toEqual([name, whole.header(name)])
    const etag = whole.header('etag') ?? ''
    expect((await paid({ 'If-None-Match': etag })).status).toBe(304)
    expect((await paid({ 'If-None-Match': '"x"' })).status).toBe(200)
  })

  test('with a browser sees the page with the bytes to download, at an address that never is a page', async () => {
    const page = await paid({ Accept: BROWSER.Accept })
    expect(page.header('content-type')).toBe('text/html; charset=utf-8')
    expect(page.text).toContain('href="/tide-table/download" download="tide table.csv"')
    expect(page.text).not.toContain('id="unlock"')
    expect((await paid({ Accept: BROWSER.Accept }, '/tide-table/download')).text).toBe(BYTES.toString())
  })

  test('gets it while the database does not answer, by parts too', async () => {
    await gateway.postgres.cut()
    try {
      expect((await paid()).text).toBe(BYTES.toString())
      const part = await paid({ Range: 'bytes=0-3' })
      expect([part.status, part.text]).toEqual([206, 'time'])
    } finally {
      await gateway.postgres.mend()
    }
  })

  test('keeps it while it is not on sale, and gets the bytes of the version that is on sale', async () => {
    const { creatorId, database, deps } = gateway
    const key = { creatorId, resourceId }
    const web = { db: database.owner, blobs: createBlobFolder(deps.config.CONTENT_URL), clock: deps.clock }
    const before = (await paid()).header('etag') ?? ''
    const uploadId = await uploadSeed(web, { creatorId, name: 'tide table 2027.csv', bytes: Buffer.from('new') })
    await replaceFile(web, { ...key, by: { uploadId } })
    await gateway.changed()
    const after = await paid({ 'If-None-Match': before })
    expect([after.status, after.text, after.header('content-disposition')]).toEqual([
      200,
      'new',
      'attachment; filename="tide table 2027.csv"',
    ])
    // What was begun with the other bytes begins anew.
    const resumed = await paid({ Range: 'bytes=2-', 'If-Range': before })
    expect([resumed.status, resumed.text]).toEqual([200, 'new'])
    await replaceFile(web, { ...key, by: { version: 1 } })
    await pauseResource(web, { ...key, paused: true })
    await gateway.changed()
    expect((await ask()).status).toBe(403)
    await pauseResource(web, { ...key, paused: false })
    await gateway.changed()
    expect((await paid()).text).toBe(BYTES.toString())
  })
})

describe('a name', () => {
  test.each([
    ['Gezeiten für März.csv', 'attachment; filename="Gezeiten für März.csv"', /filename/],
    ['潮汐表.csv', '', /filename="\?\?\?\.csv"; filename\*=UTF-8''%E6%BD%AE%E6%B1%90%E8%A1%A8\.csv/],
    ['a"b; filename=evil.exe', '', /^attachment; filename="a\\"b; filename=evil\.exe"$/],
    ['x\r\nSet-Cookie: a=b', '', /^attachment; filename="xSet-Cookie: a=b"$/],
    ['../../etc/passwd', '', /^attachment; filename="?passwd"?$/],
    ['evil\u202egpj.exe', '', /^attachment; filename="?evilgpj\.exe"?$/],
  ])('%j stands in its field and nowhere else', async (name, _plain, expected) => {
    const { slug } = await gateway.publishFile({
      name,
      bytes: Buffer.from(`of ${name}`),
      title: `Named ${name.length}`,
      sats: 5,
    })
    await gateway.changed()
    const { authorization } = await gateway.buy(`/${slug}`)
    const reply = await gateway.ask(`/${slug}`, { headers: { Authorization: authorization } })
    expect(reply.status).toBe(200)
    expect(reply.headers('content-disposition')).toEqual([expect.stringMatching(expected)])
    expect(reply.header('set-cookie')).toBeUndefined()
  })
})

describe('on our origin', () => {
  test.each([
    ['page.html', 'text/html', '<script>alert(1)</script>', 'attachment'],
    ['drawing.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 'attachment'],
    ['fake.png', 'image/png', '<script>alert(1)</script>', 'attachment'],
  ])('%s is kept and never drawn', async (name, claimed, text, type) => {
    const { slug } = await gateway.publishFile({
      name,
      claimed,
      bytes: Buffer.from(text),
      title: `On ${name}`,
      sats: 5,
    })
    await gateway.changed()
    const { authorization } = await gateway.buy(`/${slug}`)
    const reply = await gateway.ask(`/${slug}/download`, { headers: { Authorization: authorization } })
    expect(reply.header('content-disposition')?.split(';')[0]).toBe(type)
    expect(reply.header('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(reply.header('x-content-type-options')).toBe('nosniff')
    const page = await gateway.ask(`/${slug}`, { headers: { Authorization: authorization, Accept: 'text/html' } })
    expect(page.text).not.toMatch(/<(?:img|audio|video) class="file-shown"/)
  })

  test('a picture is drawn, since it is nothing else', async () => {
    const { slug } = await gateway.publishFile({ name: 'pixel.png', bytes: PNG, title: 'Pixel', sats: 5 })
    await gateway.changed()
    const { authorization } = await gateway.buy(`/${slug}`)
    const { host, port } = gateway
    const reply = await download({ host, port, path: `/${slug}/download`, headers: { authorization } })
    expect(reply.bytes).toEqual(PNG)
    expect(reply.headers['content-disposition']).toMatch(/^inline; filename/)
    expect(reply.headers['content-type']).toBe('image/png')
    const page = await gateway.ask(`/${slug}`, { headers: { Authorization: authorization, Accept: 'text/html' } })
    expect(page.text).toContain(`<img class="file-shown" src="/${slug}/download"`)
  })
})

test('a file whose bytes are missing or changed is neither sent nor sold, until it is uploaded again', async () => {
  const bytes = Buffer.from('soon damaged')
  const { slug } = await gateway.publishFile({ name: 'a.bin', bytes, title: 'Damaged', sats: 5 })
  await gateway.changed()
  const { authorization } = await gateway.buy(`/${slug}`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const path = join(gateway.deps.config.CONTENT_URL, digest.slice(0, 2), digest)
  const read = () => gateway.ask(`/${slug}`, { headers: { Authorization: authorization } })
  expect((await read()).status).toBe(200)
  writeFileSync(path, 'soon dbmaged')
  expect((await read()).status).toBe(503)
  rmSync(path)
  expect((await read()).status).toBe(503)
  const web = { db: gateway.database.owner, blobs: createBlobFolder(gateway.deps.config.CONTENT_URL) }
  await uploadSeed(web, { creatorId: gateway.creatorId, name: 'a.bin', bytes })
  expect((await read()).text).toBe(bytes.toString())
})

test('a file stands in the lists for programs under its own heading', async () => {
  const text = (await ask({}, '/llms.txt')).text
  expect(text).toContain('## Files')
  expect(text).toMatch(/- \[Tide table\]\(.*\/tide-table\): 22 bytes, 70 sats\./)
  expect((await ask({}, '/')).text).toContain('href="/tide-table"')
  expect((await ask({}, '/feed.xml')).status).toBe(200)
})

test('a file that its creator deleted is 410 for everybody, and its buyer hears that it was bought', async () => {
  const { creatorId } = gateway
  const { slug, resourceId } = await gateway.publishFile({
    name: 'gone.bin',
    bytes: Buffer.from('soon gone'),
    title: 'Gone',
    sats: 5,
  })
  await gateway.changed()
  const { authorization, challenge } = await gateway.buy(`/${slug}`)
  await gateway.settled(challenge)
  const web = { db: gateway.database.owner, clock: systemClock }
  expect(await readFileLoss(web, { creatorId, resourceId })).toMatchObject({ buyers: 1 })
  const confirmed = { fileVersions: 1, buyers: 1 }
  expect(await deleteFile(web, { creatorId, resourceId, confirmed })).toMatchObject({ kind: 'deleted' })
  await gateway.changed()
  const stranger = await gateway.ask(`/${slug}`)
  expect([stranger.status, stranger.headers('www-authenticate')]).toEqual([410, []])
  const buyer = await gateway.ask(`/${slug}/download`, { headers: { Authorization: authorization } })
  expect([buyer.status, buyer.json().reason, buyer.json().detail]).toEqual([410, 'paywall.resource_deleted', 'bought'])
})
