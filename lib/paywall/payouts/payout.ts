/** A payout's states and the ways between them; pure. The database refuses every other way too. */

export type PayoutState =
  | 'requested'
  | 'reserved'
  | 'fixed'
  | 'dispatched'
  | 'unknown'
  | 'succeeded'
  | 'failed'
  | 'canceled'

/** From each state, where it may go. Once it is dispatched only the node's word leads on (reliability.md §6). */
const WAYS: Readonly<Record<PayoutState, readonly PayoutState[]>> = {
  requested: ['reserved', 'failed', 'canceled'],
  reserved: ['fixed', 'failed', 'canceled'],
  fixed: ['dispatched', 'failed', 'canceled'],
  dispatched: ['unknown', 'succeeded', 'failed'],
  unknown: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  canceled: [],
}

/** The states from which a payout may come to `to`. */
export function statesBefore(to: PayoutState): PayoutState[] {
  return (Object.keys(WAYS) as PayoutState[]).filter((from) => WAYS[from].includes(to))
}

/** What the node may have been told of: only its word ends these. */
export const WITH_THE_NODE = ['dispatched', 'unknown'] as const satisfies readonly PayoutState[]

/** What has money set aside. */
export const IN_FLIGHT = ['reserved', 'fixed', ...WITH_THE_NODE] as const satisfies readonly PayoutState[]

/** Why a payout failed, or was not begun: names, for which the page has sentences. */
const PROBLEMS = [
  'code',
  'locked',
  'no_factor',
  'destination',
  'own_node',
  'amount',
  'expired',
  'used',
  'new_destination',
  'creator_cap',
  'daily_cap',
  'balance',
  'unresolved',
  'address_silent',
  'address_bounds',
  'not_sent',
  'no_route',
  'refused',
] as const
export type Problem = (typeof PROBLEMS)[number]
