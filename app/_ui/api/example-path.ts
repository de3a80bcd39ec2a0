/** A request that each rule means, to begin with in a test and in sample code. */
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'

export interface Example {
  readonly method: string
  /** Below the API's own address. */
  readonly path: string
  readonly isPriced: boolean
}

/** Of every rule one, those with a price first. */
export function examplesOf(rules: readonly RuleInput[]): Example[] {
  const all = rules.map(({ methods, path, offer }) => ({
    method: methods[0] ?? 'GET',
    path: examplePath(path),
    isPriced: offer !== null,
  }))
  return all.toSorted((a, b) => Number(b.isPriced) - Number(a.isPriced))
}

/** `/nodes/*` as `/nodes/1`, `/files/**` as `/files`. */
function examplePath(pattern: string): string {
  const path = pattern.replace(/\/\*\*$/, '').replaceAll('/*', '/1')
  return path === '' ? '/' : path
}
