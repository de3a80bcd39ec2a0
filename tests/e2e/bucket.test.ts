/** A whole running copy that keeps its content in an S3-compatible store sells articles and files from there. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import S3rver from '@20minutes/s3rver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ringFogBell } from '#prisma/seed/fog-bell.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { buyArticle } from '#tests/support/bought-article.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'

let folder: string
let store: S3rver
let copy: RunningCopy
let run: RunFile
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'satstile-bucket-'))
  const [port = 0] = await freePorts(1)
  const directory = path.join(folder, 's3')
  store = new S3rver({ port, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'content' }] })
  await store.run()
  const env = { CONTENT_BUCKET: `http://S3RVER:S3RVER@127.0.0.1:${port}/content` }
  copy = await startCopy({ dataDir: path.join(folder, 'copy'), env })
  run = (await copy.read()) as RunFile
})
afterAll(async () => {
  await copy?.stop()
  // A test closes it too.
  await Promise.allSettled([store?.close()])
  await rm(folder, { recursive: true, force: true })
})

/** Pays by the demo wallet and answers the header that opens. */
async function buy(url: string): Promise<{ authorization: string }> {
  const { macaroon, invoice } = (await (await localFetch(url)).json()) as { macaroon: string; invoice: string }
  const paid = await localFetch(`${run.wallet}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ invoice }),
  })
  const { preimage } = (await paid.json()) as { preimage: string }
  return { authorization: `L402 ${macaroon}:${preimage}` }
}

test('an article is read, a file is downloaded whole and in parts, and the folder holds neither', async () => {
  const article = await buyArticle(run)
  expect(await article.read()).toBe(200)
  const bytes = Buffer.from(ringFogBell())
  const headers = await buy(run.file)
  const whole = Buffer.from(await (await localFetch(run.file, { headers })).arrayBuffer())
  expect(createHash('sha256').update(whole).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  const part = await localFetch(run.file, { headers: { ...headers, range: 'bytes=-100' } })
  expect([part.status, Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(-100))]).toEqual([206, true])
  const kept = await readdir(path.join(folder, 'copy/content')).catch(() => [])
  expect(kept.filter((name) => /^[0-9a-f]{2}$/.test(name))).toEqual([])
})

test('while the store is away nothing is sold, and what was paid for waits', async () => {
  const headers = await buy(run.file)
  await store.close()
  const reply = await localFetch(run.file, { headers })
  expect([reply.status, ((await reply.json()) as { reason?: string }).reason]).toEqual([503, 'database.unavailable'])
})
