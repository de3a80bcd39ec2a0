/** Ids are a prefix that tells the noun and a lower-case ULID, so they sort by time and never collide; a challenge's follows from its invoice (challenge-id.ts). */
import { encodeTime, monotonicFactory } from 'ulid'

const pool = new Uint8Array(1024)
let at = pool.length

/**
 * A random fraction below 1, of eight bits: a letter of an id takes five. Out of a pool, because one call to the system
 * for each letter was the dearest part of a challenge's own work (18 of 460 us).
 */
function randomFraction(): number {
  if (at === pool.length) {
    globalThis.crypto.getRandomValues(pool)
    at = 0
  }
  return (pool[at++] as number) / 256
}

const nextUlid = monotonicFactory(randomFraction)

export type IdPrefix =
  | 'cre'
  | 'res'
  | 'off'
  | 'chl'
  | 'ent'
  | 'evt'
  | 'req'
  | 'upl'
  | 'use'
  | 'usr'
  | 'gtw'
  | 'tst'
  | 'key'
  | 'wrk'
  | 'blk'
  | 'pay'
  | 'fac'

/** A new id, for instance `chl_01kaz…`: 30 characters. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${nextUlid().toLowerCase()}`
}

/** Ten letters of a time in milliseconds, as at the head of an id: they sort as the times do. */
export function timeLetters(at: Date): string {
  return encodeTime(at.getTime(), 10).toLowerCase()
}
