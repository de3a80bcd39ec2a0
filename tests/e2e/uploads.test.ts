/** The route that takes uploads: for a member, from our own page, for files of that creator, within what may be kept. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { askWeb } from '#tests/support/ask-web.ts'
import { startTestWeb, type TestWeb } from '#tests/support/web.ts'

let web: TestWeb
let cookie: string
beforeAll(async () => {
  web = await startTestWeb()
  const { pathname, search } = new URL(web.signInUrl)
  const signedIn = await askWeb(web, pathname + search)
  cookie = (signedIn.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
})
afterAll(() => web?.close())

type Fields = Record<string, string | undefined>

const ask = (method: string, path: string, headers: Fields = {}, body = '') =>
  askWeb(web, path, { method, headers: { cookie, origin: web.origin, 'tus-resumable': '1.0.0', ...headers }, body })

const named = (name: string) => `filename ${Buffer.from(name).toString('base64')}`

async function begin(length: number, headers: Fields = {}): Promise<string> {
  const begun = await ask('POST', '/uploads', {
    'upload-length': String(length),
    'upload-metadata': named('a.csv'),
    ...headers,
  })
  expect([begun.status, begun.text]).toEqual([201, ''])
  return begun.headers.location ?? ''
}

const add = (path: string, offset: number, body: string, headers: Fields = {}) =>
  ask(
    'PATCH',
    path,
    {
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
      'content-length': String(body.length),
      ...headers,
    },
    body,
  )

describe('an upload', () => {
  test('comes in pieces, is asked after between them, and is whole with its checksum', async () => {
    const path = await begin(6)
    expect(path).toMatch(/^\/uploads\/upl_[0-9a-z]{26}$/)
    expect((await add(path, 0, 'abc')).headers['upload-offset']).toBe('3')
    const between = await ask('HEAD', path)
    expect([between.status, between.headers['upload-offset'], between.headers['upload-length']]).toEqual([
      200,
      '3',
      '6',
    ])
    // At another place than it stands, nothing is written.
    expect((await add(path, 2, 'xxx')).status).toBe(409)
    const last = await add(path, 3, 'def')
    const sha256 = 'bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721'
    expect([last.status, last.headers['upload-sha256']]).toEqual([204, sha256])
    // The answer may be lost: it is heard again, and nothing is left where it came in.
    const after = await ask('HEAD', path)
    expect([after.headers['upload-offset'], after.headers['upload-sha256']]).toEqual(['6', sha256])
    expect(existsSync(join(web.contentUrl, 'uploads', path.split('/').at(-1) ?? ''))).toBe(false)
    expect(existsSync(join(web.contentUrl, sha256.slice(0, 2), sha256))).toBe(true)
  })

  test('is given up, and takes no room any more', async () => {
    const path = await begin(6)
    await add(path, 0, 'abc')
    expect((await ask('DELETE', path)).status).toBe(204)
    expect((await ask('HEAD', path)).status).toBe(404)
    const id = path.split('/').at(-1) ?? ''
    expect(await web.database.owner.client.upload.count({ where: { id } })).toBe(0)
  })

  test('never takes more than was announced', async () => {
    const path = await begin(3)
    expect((await add(path, 0, 'abcdef')).status).toBeGreaterThanOrEqual(400)
    expect((await ask('HEAD', path)).headers['upload-offset']).toBe('0')
  })
})

describe('is refused', () => {
  test('a write from another origin, or from none', async () => {
    for (const origin of ['https://evil.example', undefined]) {
      const begun = await ask('POST', '/uploads', { 'upload-length': '3', origin })
      expect(begun.status).toBe(403)
    }
  })

  test('somebody who has not signed in', async () => {
    const path = await begin(3)
    for (const [method, at] of [
      ['POST', '/uploads'],
      ['HEAD', path],
      ['PATCH', path],
      ['DELETE', path],
    ] as const) {
      const answer = await ask(method, at, { cookie: undefined, 'upload-length': method === 'POST' ? '3' : undefined })
      expect([method, answer.status]).toEqual([method, 401])
    }
    expect((await add(path, 0, 'abc')).status).toBe(204)
  })

  test('an upload of another creator, or of nobody', async () => {
    const { client } = web.database.owner
    await client.creator.create({ data: { id: 'cre_other', shortId: 'oth', handle: 'other', name: 'Other' } })
    const id = newId('upl')
    await client.upload.create({ data: { creatorId: 'cre_other', id, name: 'theirs', byteLength: 3n } })
    for (const path of [
      `/uploads/${id}`,
      `/uploads/${newId('upl')}`,
      '/uploads/..%2F..%2Fsecret',
      '/uploads/x',
      '/uploads/a/b',
    ]) {
      const answers = [await ask('HEAD', path), await add(path, 0, 'abc'), await ask('DELETE', path)]
      expect([path, ...answers.map(({ status }) => status)]).toEqual([path, 404, 404, 404])
    }
    expect(await client.upload.count({ where: { id } })).toBe(1)
  })

  test.each<[what: string, headers: Fields, status: number, text: RegExp]>([
    ['an empty file', { 'upload-length': '0' }, 422, /This file is empty/],
    ['a file that is too large', { 'upload-length': '5000000001' }, 413, /./],
    ['no length at all', { 'upload-defer-length': '1' }, 400, /how many bytes/],
    ['a length that is none', { 'upload-length': 'many' }, 400, /./],
    ['another protocol', { 'upload-length': '3', 'tus-resumable': undefined }, 412, /./],
  ])('%s', async (_what, headers, status, text) => {
    const answer = await ask('POST', '/uploads', { 'upload-metadata': named('x'), ...headers })
    expect([answer.status, text.test(answer.text)]).toEqual([status, true])
  })

  test('what does not fit beside what is there, with the figures', async () => {
    await begin(5_000_000_000)
    await begin(5_000_000_000)
    await begin(5_000_000_000)
    const refused = await ask('POST', '/uploads', { 'upload-length': '5000000000', 'upload-metadata': named('x') })
    expect([refused.status, refused.text]).toEqual([422, expect.stringMatching(/^Your files can take 20 GB together/)])
  })
})

test('a name is kept as a name, whatever it tries to be', async () => {
  const path = await begin(3, { 'upload-metadata': named('../../etc/pass\r\nwd') })
  const id = path.split('/').at(-1) ?? ''
  const row = await web.database.owner.client.upload.findFirstOrThrow({ where: { id } })
  expect(row.name).toBe('passwd')
})

test('a piece larger than our proxy passes on comes as far as it does, and goes on from there', async () => {
  const bytes = randomBytes(12 * 1024 * 1024)
  const path = await begin(bytes.length)
  const body = bytes.toString('latin1')
  const send = (offset: number) =>
    fetch(web.origin + path, {
      method: 'PATCH',
      headers: {
        cookie,
        origin: web.origin,
        'tus-resumable': '1.0.0',
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      },
      body: Buffer.from(body, 'latin1').subarray(offset),
    })
  let offset = 0
  for (let n = 0; n < 5 && offset < bytes.length; n += 1) {
    await send(offset)
    offset = Number((await ask('HEAD', path)).headers['upload-offset'])
  }
  expect(offset).toBe(bytes.length)
})
