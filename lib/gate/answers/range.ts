/** Which part of some bytes a client asks for: one range, as RFC 9110 14 has it; pure. */
import { findHeader, type GateRequest } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'

/** From `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const RANGE = /^bytes=[ \t]*(\d{0,15})[ \t]*-[ \t]*(\d{0,15})$/i

/**
 * `null`: all of it, because no part was asked for, or in a form that may be passed over (several ranges, another unit, a
 * client that holds other bytes by `If-Range`). `unsatisfiable`: the part lies behind the end.
 */
export function readRange(
  request: Pick<GateRequest, 'headers' | 'method'>,
  content: Pick<Content, 'etag' | 'length'>,
): ByteRange | 'unsatisfiable' | null {
  const text = findHeader(request, 'range')
  const match = text === null || request.method !== 'GET' ? null : RANGE.exec(text.trim())
  if (match === null) return null
  const ifRange = findHeader(request, 'if-range')
  // Weak tags and dates never stand for equal bytes here: what we send has a strong tag and no date.
  if (ifRange !== null && ifRange.trim() !== content.etag) return null
  return resolve(match[1] ?? '', match[2] ?? '', content.length)
}

function resolve(first: string, last: string, length: number): ByteRange | 'unsatisfiable' | null {
  if (first === '') {
    if (last === '') return null
    const suffix = Number(last)
    return suffix === 0 || length === 0 ? 'unsatisfiable' : { start: Math.max(0, length - suffix), end: length }
  }
  const start = Number(first)
  const end = last === '' ? length : Math.min(length, Number(last) + 1)
  if (last !== '' && Number(last) < start) return null
  return start >= length ? 'unsatisfiable' : { start, end }
}
