/** Turns the bytes of a file into text, whatever encoding it was saved in, or says which one cannot be read; never guesses letters. */
import chardet from 'chardet'

export type DecodedText =
  /** `encoding`: as its name is usually written; 'UTF-8' when nothing had to be converted. */
  | { readonly kind: 'text'; readonly text: string; readonly encoding: string }
  | { readonly kind: 'refused'; readonly message: string }

/** Longest beginning of a file that decides; more only takes time. */
const SAMPLE_BYTES = 100_000
/** Least confidence, of 100, that names an encoding. */
const LEAST_CONFIDENCE = 20
/** What the detector calls otherwise than the platform that decodes. */
const LABELS: Readonly<Record<string, string>> = {
  'ISO-8859-8-I': 'ISO-8859-8',
  'UTF-16 LE': 'UTF-16LE',
  'UTF-16 BE': 'UTF-16BE',
}

export function decodeText(bytes: Uint8Array): DecodedText {
  const unicode = unicodeOf(bytes)
  if (unicode !== null) return decodeAs(bytes, unicode)
  const utf8 = tryDecode(bytes, 'utf-8')
  if (utf8 !== null && !isShiftedJapanese(bytes)) return checked(utf8, 'UTF-8')
  const [best] = chardet.analyse(bytes.subarray(0, SAMPLE_BYTES))
  if (best === undefined || best.confidence < LEAST_CONFIDENCE)
    return refused('This file is in an encoding that cannot be told.')
  return decodeAs(bytes, LABELS[best.name] ?? best.name)
}

function decodeAs(bytes: Uint8Array, encoding: string): DecodedText {
  const text = tryDecode(bytes, encoding)
  return text === null
    ? refused(`This file seems to be in ${encoding}, which cannot be read here.`)
    : checked(text, encoding)
}

/** A file that is not text decodes into characters that no text has. */
function checked(text: string, encoding: string): DecodedText {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(text.replaceAll('\u001b', ''))) {
    return refused(
      encoding === 'UTF-8'
        ? 'This file is not a text.'
        : `This file seems to be in ${encoding}, and some of it is not text.`,
    )
  }
  return { kind: 'text', text, encoding }
}

function refused(message: string): DecodedText {
  return { kind: 'refused', message: `${message} Save it as UTF-8 text, and bring it again.` }
}

/** UTF-16, by its mark or by the empty half of its Latin letters and spaces; null: it is something else. */
function unicodeOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16BE'
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  const zeros = [0, 0]
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (odd > sample.length / 20 && even === 0) return 'UTF-16LE'
  return even > sample.length / 20 && odd === 0 ? 'UTF-16BE' : null
}

/** ISO-2022-JP is all in ASCII bytes, so it is UTF-8 too; its shifts tell. */
function isShiftedJapanese(bytes: Uint8Array): boolean {
  return bytes.includes(0x1b) && chardet.detect(bytes.subarray(0, SAMPLE_BYTES)) === 'ISO-2022-JP'
}

function tryDecode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
