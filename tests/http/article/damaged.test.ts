/** Content that is missing or damaged is not sold, and publishing the same text again repairs it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { readContentReport } from '#lib/content/content-report.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { checkContent } from '#lib/paywall/resources/check-content.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { postJson } from '#tests/support/gateway-browser.ts'
import { createMemoryLog } from '#tests/support/log.ts'
import { testRenderer } from '#tests/support/renderer.ts'

let gateway: TestGateway
let resourceId: string
let folder: string
let digests: string[]
const change = (digest: string, how: (file: string) => void) => how(join(folder, digest.slice(0, 2), digest))
const countChallenges = () => gateway.database.owner.client.challenge.count()
const blobs = () => createBlobFolder(folder)

/** As a creator mends it: the same text, published again. */
async function publishAgain(): Promise<void> {
  const where = { creatorId_resourceId: { creatorId: gateway.creatorId, resourceId } }
  const { revision } = await gateway.database.owner.client.articleDraft.findUniqueOrThrow({ where })
  const input = { creatorId: gateway.creatorId, resourceId, revision }
  await publishArticle(
    { db: gateway.database.owner, blobs: blobs(), renderer: testRenderer, clock: systemClock },
    input,
  )
  await gateway.changed()
}

const check = (log = createMemoryLog()) =>
  checkContent(
    { db: gateway.database.jobs, clock: systemClock, log: log.log, content: { folder, blobs: blobs() } },
    new AbortController().signal,
  )

beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId } = await gateway.publish({ title: 'Tides', sats: 210 }))
  // Of other bytes, or it would share the blobs.
  await gateway.publish({ title: 'Storms', sats: 210, sentences: 3 })
  folder = gateway.deps.config.CONTENT_URL
  const where = { creatorId_resourceId: { creatorId: gateway.creatorId, resourceId } }
  const row = await gateway.database.owner.client.article.findUniqueOrThrow({ where })
  digests = [row.sourceDigest, row.previewDigest, row.bodyDigest].map((digest) => Buffer.from(digest).toString('hex'))
})
afterAll(() => gateway.close())
afterEach(publishAgain)

test.each([
  ['source that is gone', 0, (file: string) => rmSync(file)],
  ['paid HTML that is gone', 2, (file: string) => rmSync(file)],
  [
    'paid HTML with other bytes of the same length',
    2,
    (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace('Nobody', 'Nobudy')),
  ],
])('%s: no invoice is made, by a program or a page, until the same text is published again', async (_what, at, how) => {
  const bought = await gateway.buy('/tides')
  await publishAgain()
  change(digests[at] ?? '', how)
  await publishAgainOther()
  const before = await countChallenges()
  const program = await gateway.ask('/tides')
  const page = await postJson(gateway, '/_l402/challenge', { resource: 'tides' })
  for (const reply of [program, page]) {
    expect(reply.status).toBe(503)
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.json().message).toBe(
      'This article cannot be delivered at the moment, so it is not sold. Nothing was charged.',
    )
  }
  expect(await countChallenges()).toBe(before)
  expect((await gateway.ask('/storms')).status).toBe(402)
  await publishAgain()
  expect((await gateway.ask('/tides')).status).toBe(402)
  const read = await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })
  expect(read.text).toContain(PAID_SENTENCE)
})

/** A change of the creator makes a snapshot whose content nobody has looked at yet. */
async function publishAgainOther(): Promise<void> {
  await gateway.reprice('/storms', 211)
  await gateway.changed()
}

test('the check names what is on sale and not there, in log and report, and nothing else', async () => {
  const whole = await check()
  expect(whole.damaged).toEqual([])
  change(digests[2] ?? '', (file) => rmSync(file))
  const memory = createMemoryLog()
  const { damaged } = await check(memory)
  expect(damaged).toEqual([{ creatorId: gateway.creatorId, resourceId, title: 'Tides', what: 'text' }])
  expect(JSON.stringify(memory.lines)).toContain(resourceId)
  expect((await readContentReport(folder))?.damaged).toEqual(damaged)
  await publishAgain()
  expect((await check()).damaged).toEqual([])
})
