/** The built style sheet, script and fonts of the reader pages, read into memory once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '#lib/errors.ts'

interface ReaderAsset {
  readonly bytes: Uint8Array
  readonly contentType: string
}

export interface ReaderAssets {
  /** Path of an asset by its plain name: `reader.css` gives `/_l402/assets/reader.<hash>.css`. */
  href(name: string): string
  /** Where an asset is on the disk, by its plain name. */
  path(name: string): string
  /** The asset with this hashed file name, null when there is none; nothing else in the folder can be reached. */
  find(fileName: string): ReaderAsset | null
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  ttf: 'font/ttf',
  woff2: 'font/woff2',
}

const Manifest = z.record(z.string(), z.string().regex(/^[a-z0-9-]+\.[0-9a-f]{12}\.[a-z0-9]+$/))

/** Reads what `buildReader` wrote into `folder`. Throws `Fault('internal.bug')` when it was never built. */
export function openReaderAssets(folder: string): ReaderAssets {
  const manifest = readManifest(folder)
  const files = new Map(Object.values(manifest).map((fileName) => [fileName, readAsset(folder, fileName)]))
  const fileOf = (name: string) => {
    const fileName = manifest[name]
    if (fileName === undefined) throw new Fault('internal.bug', `no reader asset is called ${name}`)
    return fileName
  }
  return {
    href: (name) => `/_l402/assets/${fileOf(name)}`,
    path: (name) => join(folder, fileOf(name)),
    find: (fileName) => files.get(fileName) ?? null,
  }
}

function readManifest(folder: string): Record<string, string> {
  try {
    return Manifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
  } catch (cause) {
    throw new Fault('internal.bug', `reader assets are not built: ${folder}`, { cause })
  }
}

function readAsset(folder: string, fileName: string): ReaderAsset {
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1)
  return {
    bytes: readFileSync(join(folder, fileName)),
    contentType: CONTENT_TYPES[extension] ?? 'application/octet-stream',
  }
}
