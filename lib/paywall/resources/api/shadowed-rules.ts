/** Which rules of a list no request can ever meet, so that their seller sees it before a program does. */

import { parsePattern } from './path-pattern.ts'
import { createRuleTable, findShadowed, type Rule } from './rule.ts'

/**
 * Index of a rule -> index of the one before it that takes everything it would. Rules whose path is no pattern yet shadow
 * nothing and are shadowed by nothing.
 */
export function listShadowed(rules: readonly Omit<Rule, 'service'>[]): ReadonlyMap<number, number> {
  const places = rules.flatMap(({ path }, n) => (parsePattern(path) === null ? [] : [n]))
  const table = createRuleTable(rules.map((rule) => ({ ...rule, service: null })))
  return new Map([...findShadowed(table)].map(([n, by]) => [places[n] as number, places[by] as number]))
}
