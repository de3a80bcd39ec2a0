/** A creator with hundreds of articles sends lists in parts, each of them once, and packed where the client takes that. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { insertResources } from '#tests/support/fill.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const COUNT = 730

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  const { creatorId, database } = gateway
  await insertResources(database.owner, { creatorId, count: COUNT })
  await database.owner.inTransaction((tx) => raiseChangeNumber(tx, creatorId))
  await gateway.changed()
})
afterAll(() => gateway.close())

/** All parts from the first address on, as `read` finds in each what is listed and the address of the next. */
async function walk(path: string, read: (text: string) => { names: string[]; next: string | null }): Promise<string[]> {
  const names: string[] = []
  let parts = 0
  for (let at: string | null = path; at !== null && parts < 20; parts += 1) {
    const reply = await gateway.ask(at)
    expect(reply.status).toBe(200)
    expect(reply.text.length).toBeLessThan(200_000)
    const { names: found, next }: ReturnType<typeof read> = read(reply.text)
    names.push(...found)
    at = next
  }
  expect(parts).toBeGreaterThan(1)
  return names
}

const withoutOrigin = (url: string | undefined) => url?.replace(gateway.origin, '') ?? null
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

test('the front page leads to older articles until the last, and shows each once', async () => {
  const slugs = await walk('/', (text) => ({
    names: matches(text, /<a href="\/(article-\d+)"/g),
    next: /<a href="([^"]+)" rel="next"/.exec(text)?.[1] ?? null,
  }))
  expect(slugs).toHaveLength(COUNT)
  expect(new Set(slugs).size).toBe(COUNT)
})

test('the manifest names the address of its next part, and lists each service once', async () => {
  const names = await walk('/.well-known/l402.json', (text) => {
    const { services, next } = JSON.parse(text) as { services: { title: string }[]; next?: string }
    return { names: services.map(({ title }) => title), next: withoutOrigin(next) }
  })
  expect(new Set(names).size).toBe(COUNT)
  expect(names).toHaveLength(COUNT)
})

test('llms.txt says where the rest is, and lists each article once', async () => {
  const names = await walk('/llms.txt', (text) => ({
    names: matches(text, /^- \[(Article \d+)\]/gm),
    next: withoutOrigin(/^More: (\S+)$/m.exec(text)?.[1]),
  }))
  expect(new Set(names).size).toBe(COUNT)
  expect(names).toHaveLength(COUNT)
})

test('a part that begins behind what is not there is 404 for programs and an empty list for people', async () => {
  for (const after of ['res_none', '../etc', '', '%00']) {
    for (const path of ['/.well-known/l402.json', '/llms.txt'])
      expect((await gateway.ask(`${path}?after=${after}`)).status).toBe(404)
    expect((await gateway.ask(`/?after=${after}`)).status).toBe(200)
  }
})

test.each(['/', '/llms.txt', '/.well-known/l402.json'])(
  '%s is packed for who takes that, and as it is for others',
  async (path) => {
    const plain = await gateway.ask(path)
    expect(plain.header('content-encoding')).toBeUndefined()
    const packed = await gateway.ask(path, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(packed.header('content-encoding')).toBe('gzip')
    expect(packed.headers('vary').join()).toContain('Accept-Encoding')
    expect(Number(packed.header('content-length'))).toBeLessThan(plain.text.length / 4)
  },
)
