/** A gigabyte goes through with the memory of a megabyte, to a client that is slower than the disk. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { newId } from '#lib/ids.ts'
import { beginUpload } from '#lib/paywall/resources/file/begin-upload.ts'
import { finishUpload } from '#lib/paywall/resources/file/finish-upload.ts'
import { publishFile } from '#lib/paywall/resources/file/publish-file.ts'
import { download } from '#tests/support/files.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const LENGTH = 1_000_000_000
const MARK = Buffer.from('the last bytes')
const MB = 1024 * 1024

let gateway: TestGateway
let folder: string
let authorization: string
beforeAll(async () => {
  gateway = await startTestGateway()
  // On the disk of the content folder, as uploads are: a file is moved there and never copied.
  folder = mkdtempSync(join(tmpdir(), 'satstile-large-'))
  const path = join(folder, 'large')
  const file = openSync(path, 'w')
  ftruncateSync(file, LENGTH)
  writeSync(file, MARK, 0, MARK.length, LENGTH - MARK.length)
  closeSync(file)
  const { creatorId, database, deps } = gateway
  const key = { creatorId, uploadId: newId('upl') }
  const web = { db: database.owner, blobs: createBlobFolder(deps.config.CONTENT_URL), clock: systemClock }
  await beginUpload(web, { ...key, name: 'large.bin', byteLength: LENGTH })
  expect(await finishUpload(web, { ...key, path, claimed: '' })).toMatchObject({ kind: 'stored' })
  const sold = await publishFile(web, { ...key, title: 'Large', lead: '', price: '10' })
  expect(sold).toMatchObject({ kind: 'published', slug: 'large' })
  await gateway.changed()
  authorization = (await gateway.buy('/large')).authorization
})
afterAll(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true, force: true })
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held: what was let go and not collected yet says nothing of an answer. */
function memory(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('a gigabyte is sent whole, with flat memory', async () => {
  const { host, port } = gateway
  /** After each 50 MB. */
  const held: number[] = []
  const length = await new Promise<number>((resolve, reject) => {
    const headers = { Host: host, Authorization: authorization }
    const req = request({ host: '127.0.0.1', port, path: '/large', headers, agent: false })
    req.once('error', reject)
    req.once('response', (res) => {
      let [received, looked] = [0, 0]
      res.on('data', (piece: Buffer) => {
        received += piece.length
        if (received - looked < 50 * MB) return
        looked = received
        // Slower than the disk from time to time, so that what is not held back would pile up.
        res.pause()
        setImmediate(() => {
          held.push(memory())
          res.resume()
        })
      })
      res.once('error', reject).once('end', () => resolve(received))
    })
    req.end()
  })
  expect(length).toBe(LENGTH)
  // What was let go is swept a little later, so figures rise and fall; what is held would only rise.
  const half = Math.floor(held.length / 2)
  const [early, late] = [Math.min(...held.slice(0, half)), Math.min(...held.slice(half))]
  expect(half).toBeGreaterThan(7)
  expect((late - early) / MB).toBeLessThan(32)
})

test('its last bytes are there at once', async () => {
  const { host, port } = gateway
  const headers = { Authorization: authorization, Range: `bytes=-${MARK.length}` }
  const tail = await download({ host, port, path: '/large', headers })
  expect([tail.status, tail.bytes.toString()]).toEqual([206, MARK.toString()])
})
