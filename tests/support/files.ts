/** Files for tests of what is sold: made by the verbs that the dashboard uses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#lib/clock.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { beginUpload } from '#lib/paywall/resources/file/begin-upload.ts'
import { finishUpload } from '#lib/paywall/resources/file/finish-upload.ts'
import { publishFile } from '#lib/paywall/resources/file/publish-file.ts'

export interface FileDeps {
  readonly db: Db
  readonly blobs: Pick<BlobFolder, 'putFile'>
}

export interface FileSeed {
  readonly creatorId: string
  readonly name: string
  readonly bytes: Uint8Array
  readonly claimed?: string
}

/** All bytes are there; answers the id of the upload. */
export async function uploadSeed(deps: FileDeps, { creatorId, name, bytes, claimed = '' }: FileSeed): Promise<string> {
  const uploadId = newId('upl')
  const begun = await beginUpload(deps, { creatorId, uploadId, name, byteLength: bytes.length })
  if (begun.kind !== 'begun') throw new TypeError(`not begun: ${JSON.stringify(begun)}`)
  const folder = mkdtempSync(join(tmpdir(), 'satstile-upload-'))
  try {
    const path = join(folder, uploadId)
    writeFileSync(path, bytes)
    const finished = await finishUpload(deps, { creatorId, uploadId, path, claimed })
    if (finished.kind !== 'stored') throw new TypeError(`not stored: ${JSON.stringify(finished)}`)
    return uploadId
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface GivenFile extends FileSeed {
  readonly title: string
  readonly sats: number
  readonly lead?: string
}

/** Uploads, prices and publishes a file, as its creator would. */
export async function publishFileSeed(
  deps: FileDeps,
  seed: GivenFile,
): Promise<{ resourceId: string; slug: string; service: string }> {
  const uploadId = await uploadSeed(deps, seed)
  const { creatorId, title, lead = '' } = seed
  const listing = { creatorId, uploadId, title, lead, price: String(seed.sats) }
  const published = await publishFile({ ...deps, clock: systemClock }, listing)
  if (published.kind !== 'published') throw new TypeError(`not published: ${JSON.stringify(published)}`)
  return published
}

export interface Download {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** What came, at most `keep` bytes of it. */
  readonly bytes: Buffer
  readonly received: number
}

export interface DownloadOptions {
  readonly port: number
  readonly host: string
  readonly path: string
  readonly headers?: Record<string, string>
  /** The client goes when it has this much. */
  readonly breakAfter?: number
  /** Bytes are counted and dropped beyond this. */
  readonly keep?: number
}

/** Downloads bytes on a connection of its own, or breaks it off in the middle. */
export function download({
  port,
  host,
  path,
  headers = {},
  breakAfter,
  keep = 64_000_000,
}: DownloadOptions): Promise<Download> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, headers: { Host: host, ...headers }, agent: false })
    req.once('error', reject)
    req.once('response', (res) => {
      const chunks: Buffer[] = []
      let [received, kept] = [0, 0]
      const finish = () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, bytes: Buffer.concat(chunks), received })
      res.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (kept < keep) chunks.push(chunk)
        kept += chunk.length
        if (breakAfter === undefined || received < breakAfter) return
        req.off('error', reject).on('error', () => undefined)
        req.destroy()
        finish()
      })
      res.once('end', finish)
      res.once('error', (cause) => (breakAfter === undefined ? reject(cause) : undefined))
    })
    req.end()
  })
}
