/** What a file for sale may be: its name, its size, and a sentence for each thing that cannot be kept. */
import { hasControlCharacter } from '#lib/paywall/creators/creator.ts'
import { refuseSlug } from '#lib/paywall/resources/resource.ts'

/** Largest file that is taken, in bytes: an evening of video. */
export const MAX_FILE_BYTES = 5_000_000_000

/** What all versions of a creator's files, and those on their way, may be. */
export interface FileStorage {
  readonly files: number
  readonly bytes: number
}

export const FILE_QUOTA: FileStorage = { files: 2_000, bytes: 20_000_000_000 }

/** Uploads that are begun and not put on sale are forgotten after this time. */
export const UPLOAD_KEPT_MS = 24 * 3600 * 1000

const MAX_NAME_LENGTH = 200
const MAX_TITLE_LENGTH = 200
const MAX_LEAD_LENGTH = 400

/** Why a file of `bytes` does not fit beside what is there; `null`: it does. */
export function findFileOverrun(used: FileStorage, bytes: number, quota: FileStorage): string | null {
  if (bytes === 0) return 'This file is empty. Choose one with something in it.'
  if (bytes > MAX_FILE_BYTES) {
    return `A file has at most ${inGb(MAX_FILE_BYTES)} GB. Split it, or make a smaller copy.`
  }
  if (used.files + 1 > quota.files) {
    return `You keep ${quota.files.toLocaleString('en-US')} versions of files, and no more can be kept.`
  }
  if (used.bytes + bytes <= quota.bytes) return null
  return `Your files can take ${inGb(quota.bytes)} GB together, and take ${inGb(used.bytes)} GB now, with ${inGb(bytes)} GB to come.`
}

function inGb(bytes: number): string {
  const gb = bytes / 1_000_000_000
  return gb.toLocaleString('en-US', gb < 10 ? { maximumFractionDigits: 2 } : { maximumFractionDigits: 0 })
}

/** The name that clients keep a file under: the last part of what was sent, without what no file system takes. */
export function cleanFileName(sent: string): string {
  const last = sent.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const clean = last.replace(/\p{Cc}|\p{Bidi_Control}/gu, '').trim()
  if (clean === '' || /^\.+$/.test(clean)) return 'file'
  if (clean.length <= MAX_NAME_LENGTH) return clean
  const dot = clean.lastIndexOf('.')
  const ending = dot > 0 && clean.length - dot <= 20 ? clean.slice(dot) : ''
  return `${clean.slice(0, MAX_NAME_LENGTH - ending.length).replace(/[\uD800-\uDBFF]$/, '')}${ending}`
}

/** A sentence per field of a listing that cannot be kept; empty when all is well. */
export function refuseListing(listing: { title: string; lead: string; slug?: string }): Record<string, string> {
  const found: Record<string, string | null> = {
    title: listing.title.trim() === '' ? 'Give the file a title.' : refuseLine(listing.title, MAX_TITLE_LENGTH),
    lead: refuseLine(listing.lead, MAX_LEAD_LENGTH),
    slug: listing.slug === undefined ? null : refuseSlug(listing.slug),
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== null))
}

function refuseLine(text: string, maxLength: number): string | null {
  if (text.length > maxLength) return `Use at most ${maxLength} characters.`
  return hasControlCharacter(text) ? 'Use one line.' : null
}

/** How a page shows a file: drawn, played, or only told of. */
export type Showing = 'picture' | 'audio' | 'video' | null

const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
const SOUNDS: ReadonlySet<string> = new Set([
  'audio/mpeg',
  'audio/mp4',
  'audio/x-m4a',
  'audio/ogg',
  'audio/wav',
  'audio/flac',
  'audio/aac',
  'audio/webm',
])
const FILMS: ReadonlySet<string> = new Set(['video/mp4', 'video/webm', 'video/ogg'])

/** `null`: nothing of it is ever drawn on a page of ours, since it may hold scripts or browsers cannot show it. */
export function showingOf(mediaType: string): Showing {
  if (PICTURES.has(mediaType)) return 'picture'
  if (SOUNDS.has(mediaType)) return 'audio'
  return FILMS.has(mediaType) ? 'video' : null
}
