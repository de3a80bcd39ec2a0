/** What a test lets an egress client reach. */
import { type AllowList, parseAllowList } from '#lib/egress/allow.ts'

/** As `EGRESS_ALLOW`. */
export function allowing(text: string): AllowList {
  const list = parseAllowList(text)
  if ('unreadable' in list) throw new TypeError(`no entry: ${list.unreadable}`)
  return list
}
