/** Decodes a picture and writes it anew, so that nothing but its pixels is left: no position, no camera, no bytes behind its end. */
import sharp, { type Sharp } from 'sharp'

export interface EncodedPicture {
  readonly bytes: Uint8Array
  readonly mediaType: PictureType
  readonly width: number
  readonly height: number
}

export type PictureOutcome =
  /** `smaller`: the same picture for narrow windows, the narrowest first. */
  | { readonly kind: 'encoded'; readonly full: EncodedPicture; readonly smaller: readonly EncodedPicture[] }
  | { readonly kind: 'refused'; readonly message: string }

/** What readers are sent. AVIF is read and written as WebP, which takes a hundredth of the time. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'

/** Frames counted: what a small file may become in memory, at 4 bytes each. */
const MAX_PIXELS = 50_000_000
/** Three pixels for each of the page's 680. */
const MAX_WIDTH = 2_040
const MAX_HEIGHT = 8_000
const SMALLER_WIDTHS = [680, 1_360]
/** A photograph saved as PNG is larger than this, and becomes WebP; drawings and screenshots stay exact. */
const MAX_EXACT_BYTES = 1_500_000
const HELP = 'Use a PNG, JPEG, GIF, WebP or AVIF picture.'

// Of all that the library reads, only these: an SVG or a PDF is a program of its own.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadWebp',
    'VipsForeignLoadHeif',
  ],
})
sharp.cache(false)
sharp.concurrency(1)

/** `whole`: as it is, for an article. `portrait`: a small square out of its middle, of its first frame, as WebP without copies. */
export type PictureShape = 'whole' | 'portrait'

/** Takes up to seconds and hundreds of megabytes: servers ask a process of its own (`createPictureEncoder`). */
export async function encodePicture(bytes: Uint8Array, shape: PictureShape = 'whole'): Promise<PictureOutcome> {
  const animated = shape === 'whole'
  const open = () => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', animated })
  // Its head only: how many pixels it claims is judged below.
  const head = sharp(bytes, { limitInputPixels: false, animated: true })
  const found = await head.metadata().catch(() => null)
  const write = found && WRITERS[found.format]
  if (!found || !write) return refused(found?.format === 'heif' || isHeic(bytes) ? HEIC : HELP)
  const pages = found.pages ?? 1
  const pixels = found.width * (found.pageHeight ?? found.height) * pages
  if (pixels > MAX_PIXELS) {
    const inMillions = (count: number) => Math.round(count / 1_000_000).toLocaleString('en-US')
    return refused(
      `A picture can have ${inMillions(MAX_PIXELS)} million pixels, all its frames together; this one has ${inMillions(pixels)}.`,
    )
  }
  try {
    if (shape === 'portrait') return { kind: 'encoded', full: await encodePortrait(open()), smaller: [] }
    return await encodeWhole(open, { write, pages })
  } catch {
    return refused(`This picture is damaged. ${HELP}`)
  }
}

/** Tried as it came first; a photograph that was saved as PNG becomes WebP. */
async function encodeWhole(
  open: () => Sharp,
  { write, pages }: { write: Writer; pages: number },
): Promise<PictureOutcome> {
  const exact = await encode(open(), { write, width: MAX_WIDTH })
  const isHeavy = exact.bytes.length > MAX_EXACT_BYTES && exact.mediaType === 'image/png'
  const writer = isHeavy ? AS_WEBP : write
  const full = isHeavy ? await encode(open(), { write: writer, width: MAX_WIDTH }) : exact
  const widths = pages > 1 ? [] : SMALLER_WIDTHS.filter((width) => width * 1.2 < full.width)
  const smaller: EncodedPicture[] = []
  for (const width of widths) smaller.push(await encode(open(), { write: writer, width }))
  return { kind: 'encoded', full, smaller }
}

/** Four pixels for each of the 80 that it takes on a creator's page; 40 KB at most. */
const PORTRAIT_WIDTH = 320

async function encodePortrait(picture: Sharp): Promise<EncodedPicture> {
  const square = { width: PORTRAIT_WIDTH, height: PORTRAIT_WIDTH }
  const data = await picture
    .autoOrient()
    .resize({ ...square, fit: 'cover' })
    .webp({ quality: 80 })
    .toBuffer()
  return { bytes: new Uint8Array(data), mediaType: 'image/webp', ...square }
}

type Writer = readonly [type: PictureType, write: (picture: Sharp) => Sharp]

const AS_WEBP: Writer = ['image/webp', (picture) => picture.webp({ quality: 85 })]
const WRITERS: Readonly<Record<string, Writer>> = {
  png: ['image/png', (picture) => picture.png({ compressionLevel: 9 })],
  jpeg: ['image/jpeg', (picture) => picture.jpeg({ quality: 85, mozjpeg: true })],
  gif: ['image/gif', (picture) => picture.gif()],
  webp: AS_WEBP,
  heif: AS_WEBP,
}

/** Upright as the camera said, in the colours of screens, and without everything else that the file said. */
async function encode(
  picture: Sharp,
  { write: [mediaType, write], width }: { write: Writer; width: number },
): Promise<EncodedPicture> {
  const fitted = picture.autoOrient().resize({ width, height: MAX_HEIGHT, fit: 'inside', withoutEnlargement: true })
  const { data, info } = await write(fitted).toBuffer({ resolveWithObject: true })
  return { bytes: new Uint8Array(data), mediaType, width: info.width, height: info.pageHeight ?? info.height }
}

const HEIC = 'HEIC pictures cannot be read here. Export this one as JPEG.'

/** By the brand behind the length of its first box. */
function isHeic(bytes: Uint8Array): boolean {
  return /^ftyp(?:heic|heix|hevc|mif1|msf1)/.test(String.fromCharCode(...bytes.subarray(4, 12)))
}

function refused(message: string): PictureOutcome {
  return { kind: 'refused', message }
}
