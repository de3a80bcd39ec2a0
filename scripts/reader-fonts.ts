/** Cuts the reader's fonts to the glyphs, weights and optical sizes its pages use, so that all of them fit into 81 KB. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import subsetFont from 'subset-font'

const packages = createRequire(import.meta.url)
const CACHE = resolve(import.meta.dirname, '../node_modules/.cache/satstile-fonts')
/** Another version may cut otherwise. */
const TOOL = `subset-font ${(packages('subset-font/package.json') as { version: string }).version}`

/** Basic Latin, Latin-1, the letters missing there, and the punctuation of running text. */
const LATIN = [
  ...range(0x20, 0x7e),
  ...range(0xa0, 0xff),
  ...[0x131, 0x152, 0x153, 0x2bb, 0x2bc, 0x2c6, 0x2da, 0x2dc, 0x20ac, 0x2122, 0x2212, 0x2215],
  ...range(0x2010, 0x2027),
  ...range(0x2030, 0x203a),
]
/** A title has letters and punctuation, no fractions or currencies; what it lacks comes from the text font. */
const TITLE = [
  ...range(0x20, 0x7e),
  ...[0xa0, 0xa1, 0xab, 0xbb, 0xbf],
  ...range(0xc0, 0xff),
  ...[0x152, 0x153, 0x178, 0x2013, 0x2014, 0x2018, 0x2019, 0x201a, 0x201c, 0x201d, 0x201e, 0x2026],
]

const WEIGHTS = { min: 400, max: 600 }

/**
 * Source Serif comes in two optical sizes, as the pictures have it: narrow and fine for titles of 44 px, open for text of 19.
 * One font with both would be 122 KB.
 */
const FONTS = {
  'instrument-sans.woff2': {
    file: '@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2',
    glyphs: LATIN,
    axes: { wght: WEIGHTS },
  },
  'source-serif-4.woff2': {
    file: '@fontsource-variable/source-serif-4/files/source-serif-4-latin-opsz-normal.woff2',
    glyphs: LATIN,
    axes: { wght: WEIGHTS, opsz: 19 },
  },
  'source-serif-4-title.woff2': {
    file: '@fontsource-variable/source-serif-4/files/source-serif-4-latin-opsz-normal.woff2',
    glyphs: TITLE,
    axes: { wght: 600, opsz: 44 },
  },
  // Those of the drawn cards: what draws them reads no packed fonts.
  'card-serif.ttf': {
    file: '@fontsource-variable/source-serif-4/files/source-serif-4-latin-opsz-normal.woff2',
    glyphs: LATIN,
    axes: { wght: 600, opsz: 44 },
  },
  'card-sans.ttf': {
    file: '@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2',
    glyphs: LATIN,
    axes: { wght: 600 },
  },
  'jetbrains-mono.woff2': {
    file: '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
    glyphs: LATIN,
    axes: { wght: WEIGHTS },
  },
} as const

/** Plain name -> bytes of every font, ready to be served. Cutting takes seconds, so a cut font is kept for the next build. */
export async function cutReaderFonts(): Promise<Map<string, Uint8Array>> {
  const fonts = new Map<string, Uint8Array>()
  for (const [name, cut] of Object.entries(FONTS)) fonts.set(name, await cutFont(name, cut))
  return fonts
}

async function cutFont(name: string, { file, glyphs, axes }: (typeof FONTS)[keyof typeof FONTS]): Promise<Uint8Array> {
  const extension = name.slice(name.lastIndexOf('.'))
  const whole = await readFile(packages.resolve(file))
  const key = createHash('sha256')
    .update(JSON.stringify([TOOL, glyphs, axes]))
    .update(whole)
    .digest('hex')
  const kept = join(CACHE, `${key}${extension}`)
  const known = await readFile(kept).catch(() => null)
  if (known !== null) return known
  const bytes = await subsetFont(whole, String.fromCodePoint(...glyphs), {
    targetFormat: extension === '.ttf' ? 'truetype' : 'woff2',
    variationAxes: axes,
  })
  await keep(kept, bytes)
  return bytes
}

/** Whole or not at all, since several builds may run at once. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  await mkdir(CACHE, { recursive: true })
  await writeFile(draft, bytes)
  await rename(draft, path)
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
