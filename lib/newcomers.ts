/** A full cache does not lose everything to keys that come in turn, more of them than there is room for. */

/** One newcomer in so many takes a place in a full cache. */
const NEWCOMERS = 8

/**
 * Whether a full cache takes in a key that it does not hold. Were each taken in, a walk through one key more than there is
 * room for would push out each just before it is asked for again, and find none; so it finds most of what fits (a walk
 * through twice as many: two in five). What is asked for often is in after eight tries on average. `random`: from 0 to below 1.
 */
export function admitsNewcomer(random: () => number): boolean {
  return random() * NEWCOMERS < 1
}
