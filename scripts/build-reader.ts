/** Builds what reader pages load: style sheet, script, fonts and icon, each under a name that holds the hash of its bytes. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { cutReaderFonts } from './reader-fonts.ts'

const root = resolve(import.meta.dirname, '..')
const run = promisify(execFile)

/** Writes the assets and `manifest.json` (plain name -> hashed name) into `outDir`, which is emptied first. */
export async function buildReader({ outDir }: { outDir: string }): Promise<{ manifest: Record<string, string> }> {
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  const manifest: Record<string, string> = {}
  const put = async (name: string, bytes: Uint8Array) => {
    manifest[name] = hashedName(name, bytes)
    await writeFile(join(outDir, manifest[name]), bytes)
  }
  for (const [name, bytes] of await cutReaderFonts()) await put(name, bytes)
  await put('icon.svg', await readFile(join(root, 'lib/reader/icon.svg')))
  const [css, script, shareCopy] = await Promise.all([buildCss(), buildScript('checkout'), buildScript('share-copy')])
  await put('reader.css', Buffer.from(nameFonts(css, manifest)))
  await put('checkout.js', script)
  await put('share-copy.js', shareCopy)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { manifest }
}

function hashedName(name: string, bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const dot = name.lastIndexOf('.')
  return `${name.slice(0, dot)}.${hash}${name.slice(dot)}`
}

async function buildCss(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'satstile-css-'))
  try {
    const target = join(folder, 'reader.css')
    const cli = join(root, 'node_modules/@tailwindcss/cli/dist/index.mjs')
    await run(process.execPath, [cli, '-i', 'lib/reader/reader.css', '-o', target, '--minify'], { cwd: root })
    return await readFile(target, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** In the source a font is `url(font:<name>)`; a relative address then works under whatever path the sheet is served. */
function nameFonts(css: string, manifest: Record<string, string>): string {
  return css.replace(/font:([a-z0-9-]+\.woff2)/g, (_, name: string) => `./${manifest[name]}`)
}

async function buildScript(name: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [join(root, `lib/reader/client/${name}.ts`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    write: false,
    legalComments: 'none',
    absWorkingDir: root,
  })
  const [file] = result.outputFiles
  if (!file) throw new TypeError('esbuild answered no file for the reader script')
  return file.contents
}

if (process.argv[1] === import.meta.filename) await buildReader({ outDir: join(root, 'dist/reader') })
