/** Why a URL may not be opened from here, in words for whoever wrote it. */
import { Fault } from '#lib/errors.ts'
import type { AddressClass } from './address.ts'

export type RefusalReason =
  | 'unreadable'
  | 'scheme'
  | 'user_info'
  | 'port'
  | 'unknown_name'
  | Exclude<AddressClass, 'public'>

/** The value of a check that found something: a creator's mistake, and no fault of ours. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  readonly sentence: string
}

const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  unreadable: 'This is not a complete web address, such as https://api.example.com/v1.',
  scheme: 'The address must begin with https:// or http://.',
  user_info: 'The address may not contain a user name or a password.',
  port: 'This port may not be used. Ask whoever runs this server to allow it.',
  unknown_name: 'There is no server of this name.',
  unspecified: 'This name leads to 0.0.0.0, which is no server.',
  loopback: 'This name leads to the computer itself (loopback), not to a server on the internet.',
  private: 'This name leads to a private network, not to a server on the internet.',
  carrier: 'This name leads into the inner network of an internet provider, not to a server on the internet.',
  'link-local': 'This name leads to a link-local address, not to a server on the internet.',
  metadata: 'This name leads to the metadata service of a cloud, not to a server on the internet.',
  multicast: 'This name leads to a group of computers (multicast), not to a server.',
  reserved: 'This name leads to an address that is reserved and belongs to no server.',
  tunnel: 'This name leads to the end of a tunnel (Teredo, 6to4, ISATAP), not to a server.',
}

export function refuseTarget(reason: RefusalReason): Refused {
  return { kind: 'refused', reason, sentence: SENTENCES[reason] }
}

/** The same as a fault: for the acts, where whoever asked was to check first. */
export function refusedFault({ reason, sentence }: Refused): Fault {
  return new Fault('egress.refused', `a URL was not opened: ${reason}`, {
    publicMessage: sentence,
    details: { reason },
  })
}
