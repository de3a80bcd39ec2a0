/** Ids are a prefix that tells the noun and a lower-case ULID, so they sort by time and never collide. */
import { monotonicFactory } from 'ulid'

const nextUlid = monotonicFactory()

export type IdPrefix = 'cre' | 'res' | 'off' | 'chl' | 'ent' | 'evt' | 'req' | 'usr'

/** A new id, for instance `chl_01kaz…`: 30 characters. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${nextUlid().toLowerCase()}`
}
