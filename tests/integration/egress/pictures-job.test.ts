/** The workers as a real process fetch what the dashboard asked for, and only from where their configuration lets them. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askPictures } from '#lib/paywall/resources/article/ask-pictures.ts'
import { takeEnded } from '#lib/paywall/resources/article/fetch-store.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { buildCreator, createTestBlobs } from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { until } from '#tests/support/until.ts'
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts'

const content = createTestBlobs()
let database: TestDatabase
let node: TestNode
let worker: WorkerProcess
const servers: Server[] = []

async function serve(picture: Buffer): Promise<string> {
  const server = createServer((_req, res) => void res.writeHead(200, { 'content-type': 'image/png' }).end(picture))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  ;[database, node] = await Promise.all([openTestDatabase(), startTestNode()])
})
afterAll(async () => {
  worker?.signal('SIGKILL')
  await worker?.ended
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  await node?.close()
  content.remove()
  await database?.close()
})

test('a picture from an allowed server is attached within seconds, one beside it is refused', async () => {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const [allowed, other] = [await serve(picture), await serve(picture)]
  const { creatorId } = await buildCreator({ db: database.owner, blobs: content.blobs })
  const draft = { title: 'Tides', lead: '', markdown: 'Text.', cutBlock: 0, resourceId: null, revision: null }
  const saved = await saveArticle({ db: database.web }, { creatorId, ...draft })
  if (saved.kind !== 'saved') throw new RangeError(JSON.stringify(saved))
  const key = { creatorId, resourceId: saved.resourceId }
  worker = await startWorkerProcess({ database, node }, { env: { EGRESS_ALLOW: allowed, CONTENT_URL: content.path } })
  const urls = [`http://${allowed}/a.png`, `http://${other}/b.png`]
  expect(await askPictures({ db: database.web }, { ...key, urls })).toEqual({ kind: 'asked', count: 2 })
  const ended: unknown[] = []
  await until(
    'both to come to their end',
    async () => {
      ended.push(...(await database.web.asCreator(creatorId, (tx) => takeEnded(tx, key))).ended)
      return ended.length === 2
    },
    { withinMs: 30_000 },
  )
  expect(ended).toEqual(
    expect.arrayContaining([
      { url: urls[0], end: { kind: 'fetched', digest: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      { url: urls[1], end: { kind: 'failed', problem: expect.stringMatching(/port may not be used/) } },
    ]),
  )
})
