/** Draws the card of an article for chats and social networks: a ticket with title and price, as a PNG, with the reader's own fonts. */
import sharp, { type OverlayOptions } from 'sharp'
import { CARD_HEIGHT, CARD_WIDTH } from './article-meta.tsx'

export interface CardFacts {
  readonly title: string
  readonly creator: string
  /** `1,234`. */
  readonly sats: string
  /** A square; null: there is none. */
  readonly picture: Uint8Array | null
}

/** Files of the fonts, since an SVG can only be drawn with those of the computer, which may have none. */
export interface CardFonts {
  readonly serif: string
  readonly sans: string
}

const SERIF = 'Source Serif 4'
const SANS = 'Instrument Sans'
/** Edge of the stub, on which the price stands. */
const STUB_LEFT = 850
/** Letters that the fonts of a card have; in their place a computer without fonts would draw empty boxes. */
const DRAWABLE = /^[\u0020-\u007e\u00a0-\u00ff\u0131\u0152\u0153\u0178\u2010-\u2027\u2030-\u203a\u20ac\u2122]*$/u

/** A PNG of 1200 by 630. A line with letters of another script is left out: networks show the title as text beside it. */
export async function drawCard({ title, creator, sats, picture }: CardFacts, fonts: CardFonts): Promise<Uint8Array> {
  const indent = picture === null ? 0 : PICTURE_SIZE + 20
  const layers = await Promise.all([
    drawText(title, {
      file: fonts.serif,
      font: SERIF,
      color: '#1c1813',
      box: { left: 112, top: 168, width: 660, height: 250 },
      size: 64,
    }),
    drawText(creator, {
      file: fonts.sans,
      font: SANS,
      color: '#5b5347',
      box: { left: 112 + indent, top: 462, width: 660 - indent, height: 40 },
      size: 30,
    }),
    drawText(sats, {
      file: fonts.sans,
      font: SANS,
      color: '#2a1b00',
      box: { left: 894, top: 330, width: 220, height: 86 },
      size: 84,
    }),
    drawText('sats', {
      file: fonts.sans,
      font: SANS,
      color: '#2a1b00',
      box: { left: 894, top: 452, width: 220, height: 40 },
      size: 34,
    }),
    picture === null ? null : drawPicture(picture),
  ])
  const base = sharp(Buffer.from(TICKET))
  return base
    .composite(layers.flatMap((layer) => layer ?? []))
    .png({ palette: true, colours: 64 })
    .toBuffer()
}

const PICTURE_SIZE = 64
const ROUND = `<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE_SIZE}" height="${PICTURE_SIZE}"><circle cx="50%" cy="50%" r="50%"/></svg>`

/** Round, before the name; one that cannot be read is left out. */
async function drawPicture(picture: Uint8Array): Promise<OverlayOptions | null> {
  const round = await sharp(picture)
    .resize(PICTURE_SIZE, PICTURE_SIZE, { fit: 'cover' })
    .composite([{ input: Buffer.from(ROUND), blend: 'dest-in' }])
    .png()
    .toBuffer()
    .catch(() => null)
  return round && { input: round, left: 112, top: 441 }
}

interface TextLayer {
  readonly file: string
  readonly font: string
  readonly color: string
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  /** In pixels; less where the text would leave its box. */
  readonly size: number
}

const MAX_CHARACTERS = 120
const SMALLEST_SIZE = 22

async function drawText(text: string, { file, font, color, box, size }: TextLayer): Promise<OverlayOptions | null> {
  const line = shorten(text.replace(/\s+/g, ' ').trim())
  if (line === '' || !DRAWABLE.test(line)) return null
  for (let at = size; ; at = Math.floor(at * 0.85)) {
    const { data, info } = await sharp({
      text: {
        text: `<span foreground="${color}">${escapeMarkup(line)}</span>`,
        font: `${font}, ${at}`,
        fontfile: file,
        width: box.width,
        wrap: 'word-char',
        dpi: 72,
        rgba: true,
      },
    })
      .png()
      .toBuffer({ resolveWithObject: true })
    const fits = info.width <= box.width && info.height <= box.height
    if (fits) return { input: data, left: box.left, top: box.top }
    if (at <= SMALLEST_SIZE) return null
  }
}

function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1).trimEnd()}…`
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Paper, a white ticket with an amber stub, the seam between the two. */
const TICKET = `<svg xmlns="http://www.w3.org/2000/svg" width="${CARD_WIDTH}" height="${CARD_HEIGHT}">
<rect width="100%" height="100%" fill="#faf8f3"/>
<path d="M64 92a16 16 0 0 1 16-16h${STUB_LEFT - 80}v478H80a16 16 0 0 1-16-16z" fill="#fff" stroke="#ddd6c9" stroke-width="2"/>
<path d="M${STUB_LEFT} 76h270a16 16 0 0 1 16 16v446a16 16 0 0 1-16 16H${STUB_LEFT}z" fill="#f0a818"/>
<path d="M${STUB_LEFT} 100v430" stroke="#2a1b00" stroke-width="4" stroke-dasharray="0 12" stroke-linecap="round"/>
<circle cx="${STUB_LEFT}" cy="76" r="16" fill="#faf8f3"/><circle cx="${STUB_LEFT}" cy="554" r="16" fill="#faf8f3"/>
</svg>`
