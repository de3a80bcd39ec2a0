/** Numbers at known places of a JSON text that passes by in pieces: nothing else of it is kept. */

export interface JsonNumbers {
  push(bytes: Uint8Array): void
  /** By pointer, those that were there; `null`: the text was no whole JSON. Then it begins anew. */
  end(): ReadonlyMap<string, number> | null
}

/** Deeper or longer than this is nothing that anybody asks for. */
const MAX_DEPTH = 500
const MAX_KEY_BYTES = 400
const MAX_WORD_BYTES = 40
const NONE: readonly number[] = []

/** An object or array that is open. */
interface Frame {
  readonly isArray: boolean
  /** Pointers that lead into it. */
  readonly alive: readonly number[]
  /** Of the value that comes next. */
  key: string | number
  /** In an object, between a comma and a colon. */
  awaitsKey: boolean
}

interface Wanted {
  readonly pointers: readonly string[]
  readonly paths: readonly (readonly string[])[]
  readonly keep: 'last' | 'largest'
}

interface Scan {
  readonly wanted: Wanted
  readonly frames: Frame[]
  frame: Frame | null
  mode: 'between' | 'string' | 'word'
  /** A key or a word, as far as it was read. */
  text: string
  isEscaped: boolean
  isLong: boolean
  isDone: boolean
  isBroken: boolean
  readonly found: Map<string, number>
}

/**
 * Looks for `pointers` (RFC 6901). Of a place that stands there twice the `last` number counts, or the `largest`, since
 * readers differ in which they believe. Memory does not grow with the text.
 */
export function createJsonNumbers(pointers: readonly string[], keep: Wanted['keep'] = 'last'): JsonNumbers {
  const wanted = { pointers, paths: pointers.map(readPointer), keep }
  let scan = begin(wanted)
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length && !scan.isBroken; at += 1) {
        if (isPassedOver(scan)) at = endOfPlain(bytes, at)
        if (at < bytes.length) read(scan, bytes[at] as number)
      }
    },
    end() {
      if (scan.mode === 'word') endWord(scan)
      const { isBroken, isDone, mode, found } = scan
      scan = begin(wanted)
      return !isBroken && isDone && mode === 'between' ? found : null
    },
  }
}

/** Inside a string of which nothing is kept; most of most texts is. */
function isPassedOver({ mode, isEscaped, frame }: Scan): boolean {
  return mode === 'string' && !isEscaped && (frame?.awaitsKey !== true || frame.alive.length === 0)
}

function endOfPlain(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1
  return at
}

function begin(wanted: Wanted): Scan {
  return {
    ...{ wanted, frames: [], frame: null, mode: 'between', text: '', found: new Map() },
    ...{ isEscaped: false, isLong: false, isDone: false, isBroken: false },
  }
}

function read(scan: Scan, byte: number): void {
  if (scan.mode === 'string') readString(scan, byte)
  else if (scan.mode === 'word' && isWord(byte)) {
    if (scan.text.length < MAX_WORD_BYTES) scan.text += String.fromCharCode(byte)
  } else {
    if (scan.mode === 'word') endWord(scan)
    readBetween(scan, byte)
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]

/** What stands between values. */
const SIGNS: ReadonlyMap<number, (scan: Scan) => void> = new Map([
  [QUOTE, (scan: Scan) => void Object.assign(scan, { mode: 'string' })],
  [0x7b, (scan: Scan) => open(scan, false)],
  [0x7d, (scan: Scan) => close(scan, false)],
  [0x5b, (scan: Scan) => open(scan, true)],
  [0x5d, (scan: Scan) => close(scan, true)],
  [0x3a, ({ frame }: Scan) => void (frame && Object.assign(frame, { awaitsKey: false }))],
  [0x2c, ({ frame }: Scan) => frame && passComma(frame)],
] as const)

function readBetween(scan: Scan, byte: number): void {
  const sign = SIGNS.get(byte)
  if (sign !== undefined) sign(scan)
  else if (isWord(byte)) {
    scan.mode = 'word'
    scan.text = String.fromCharCode(byte)
  } else if (!SPACES.has(byte)) scan.isBroken = true
}

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

function passComma(frame: Frame): void {
  if (frame.isArray) frame.key = Number(frame.key) + 1
  else frame.awaitsKey = true
}

/** What numbers, `true` and its like are made of; also where it makes none of them. */
function isWord(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
  return isDigit || isLetter || byte === 0x2d || byte === 0x2b || byte === 0x2e
}

function readString(scan: Scan, byte: number): void {
  if (!scan.isEscaped && byte === QUOTE) {
    endString(scan)
    return
  }
  scan.isEscaped = !scan.isEscaped && byte === BACKSLASH
  // What leads nowhere need not be remembered.
  if (scan.frame?.awaitsKey !== true || scan.frame.alive.length === 0) return
  if (scan.text.length >= MAX_KEY_BYTES) scan.isLong = true
  else scan.text += String.fromCharCode(byte)
}

function endString(scan: Scan): void {
  const { frame } = scan
  if (frame === null) scan.isDone = true
  else if (frame.awaitsKey) frame.key = scan.isLong ? '' : readKey(scan.text)
  Object.assign(scan, { mode: 'between', text: '', isLong: false })
}

/** Pointers that lead to the value which begins. */
function reached(scan: Scan): readonly number[] {
  const { frame, wanted } = scan
  const depth = scan.frames.length
  if (frame === null) {
    if (scan.isDone) scan.isBroken = true
    return wanted.paths.map((_, n) => n)
  }
  const { alive, key } = frame
  return alive.length === 0 ? NONE : alive.filter((n) => wanted.paths[n]?.[depth - 1] === String(key))
}

function open(scan: Scan, isArray: boolean): void {
  const here = reached(scan)
  const depth = scan.frames.length
  if (depth >= MAX_DEPTH) {
    scan.isBroken = true
    return
  }
  const alive = here.length === 0 ? NONE : here.filter((n) => (scan.wanted.paths[n]?.length ?? 0) > depth)
  scan.frame = { isArray, alive, key: isArray ? 0 : '', awaitsKey: !isArray }
  scan.frames.push(scan.frame)
}

function close(scan: Scan, isArray: boolean): void {
  if (scan.frame?.isArray !== isArray) scan.isBroken = true
  scan.frames.pop()
  scan.frame = scan.frames.at(-1) ?? null
  if (scan.frame === null) scan.isDone = true
}

const NUMBER = /^(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function endWord(scan: Scan): void {
  const depth = scan.frames.length
  const value = NUMBER.test(scan.text) ? Number(scan.text) : Number.NaN
  for (const n of reached(scan)) if (scan.wanted.paths[n]?.length === depth) note(scan, n, value)
  if (depth === 0) scan.isDone = true
  scan.text = ''
  scan.mode = 'between'
}

function note({ found, wanted }: Scan, n: number, value: number): void {
  const pointer = wanted.pointers[n]
  if (pointer === undefined || !Number.isFinite(value)) return
  const before = found.get(pointer) ?? 0
  found.set(pointer, wanted.keep === 'last' ? value : Math.max(before, value))
}

function readPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Bytes of a key as they stood between its quotes. */
function readKey(text: string): string {
  try {
    return String(JSON.parse(`"${Buffer.from(text, 'latin1').toString()}"`))
  } catch {
    return ''
  }
}
