/** What an answer says of its own volume is read beside the stream: nothing of it waits, changes or stays in memory. */

import type { Transform } from 'node:stream'
import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress, type Zlib } from 'node:zlib'
import { readVolumeField, toldMilli, type VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import { createJsonNumbers } from './json-numbers.ts'

export interface Observer {
  push(piece: Uint8Array): void
  /** In thousandths of a unit, once the answer has ended; `null`: it said nothing that can be believed. */
  end(trailers: Readonly<Record<string, string | string[] | undefined>>): Promise<bigint | null>
}

interface Head {
  /** The first value of a field by its lower-case name; `null`: it is absent. */
  field(name: string): string | null
}

const VOLUME_FIELD = 'x-l402-volume'

export function observe({ told }: VolumeMeter, head: Head): Observer {
  if (told.from === 'header') return observeField(head)
  const isStream = /^\s*text\/event-stream\b/i.test(head.field('content-type') ?? '')
  const pointers = told.values.map(({ pointer }) => pointer)
  const text = isStream ? readLastEvent(pointers) : readBody(pointers)
  const source = unpack(head.field('content-encoding'), text)
  return {
    push: source.push,
    async end() {
      const found = await source.end()
      return found === null ? null : toldMilli(told.values, found)
    },
  }
}

function observeField(head: Head): Observer {
  return {
    push: () => undefined,
    async end(trailers) {
      const trailing = trailers[VOLUME_FIELD]
      return readVolumeField(Array.isArray(trailing) ? null : trailing) ?? readVolumeField(head.field(VOLUME_FIELD))
    },
  }
}

/** Text that passes by. */
interface Reading {
  push(piece: Uint8Array): void
  end(): ReadonlyMap<string, number> | null
}

function readBody(pointers: readonly string[]): Reading {
  return createJsonNumbers(pointers)
}

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d]
const DATA = 'data:'
const SPACE = Uint8Array.of(0x20)

/** Of an event stream the last event that holds one of the numbers (WHATWG HTML 9.2.5). */
function readLastEvent(pointers: readonly string[]): Reading {
  const numbers = createJsonNumbers(pointers)
  let last: ReadonlyMap<string, number> | null = null
  /** The name of the present line as far as it can be `data:`; `null`: it is another line. */
  let name: string | null = ''
  let isEmpty = true
  let afterReturn = false
  const endLine = () => {
    if (isEmpty) {
      const found = numbers.end()
      if (found !== null && found.size > 0) last = found
    } else numbers.push(SPACE)
    name = ''
    isEmpty = true
  }
  const readName = (byte: number) => {
    isEmpty = false
    if (name === null) return
    name += String.fromCharCode(byte)
    if (!DATA.startsWith(name)) name = null
  }
  return {
    push(piece) {
      for (let at = 0; at < piece.length; at += 1) {
        const byte = piece[at] as number
        const isEnd = byte === LINE_FEED || byte === CARRIAGE_RETURN
        if (byte === LINE_FEED && afterReturn) {
          afterReturn = false
          continue
        }
        afterReturn = byte === CARRIAGE_RETURN
        if (isEnd) endLine()
        else if (name !== DATA) readName(byte)
        else {
          const until = endOfLine(piece, at)
          numbers.push(piece.subarray(at, until))
          at = until - 1
        }
      }
    },
    end: () => last,
  }
}

function endOfLine(piece: Uint8Array, from: number): number {
  let at = from
  while (at < piece.length && piece[at] !== LINE_FEED && piece[at] !== CARRIAGE_RETURN) at += 1
  return at
}

interface Unpacking {
  push(piece: Uint8Array): void
  end(): Promise<ReadonlyMap<string, number> | null>
}

/** A copy that unpacks to more than this, or waits with more to be unpacked, is not looked at any further. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024
const MAX_WAITING_BYTES = 1024 * 1024

const UNPACKERS: ReadonlyMap<string, () => Transform & Zlib> = new Map<string, () => Transform & Zlib>([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

function unpack(encoding: string | null, reading: Reading): Unpacking {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return { push: reading.push, end: async () => reading.end() }
  const create = UNPACKERS.get(name)
  if (create === undefined) return { push: () => undefined, end: async () => null }
  const unpacker = create()
  let unpacked = 0
  const ended = new Promise<ReadonlyMap<string, number> | null>((resolve) => {
    unpacker.on('data', (piece: Uint8Array) => {
      unpacked += piece.length
      if (unpacked > MAX_UNPACKED_BYTES) unpacker.destroy()
      else reading.push(piece)
    })
    unpacker.once('end', () => resolve(reading.end()))
    unpacker.once('error', () => resolve(null)).once('close', () => resolve(null))
  })
  return {
    push(piece) {
      if (unpacker.destroyed) return
      if (unpacker.writableLength > MAX_WAITING_BYTES) unpacker.destroy()
      else unpacker.write(piece)
    },
    end() {
      if (!unpacker.destroyed) unpacker.end()
      return ended
    },
  }
}
