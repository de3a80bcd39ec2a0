/** Says whether JSON has the shape that is expected; in the browser, where a schema library would be a tenth of the page's script. */

export type Guard<T> = (value: unknown) => value is T

export const isString: Guard<string> = (value) => typeof value === 'string'
export const isNumber: Guard<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value)

/** `null`, or what `guard` takes. */
export function orNull<T>(guard: Guard<T>): Guard<T | null> {
  return (value): value is T | null => value === null || guard(value)
}

/** An object with at least these members. */
export function object<T extends object>(members: { readonly [K in keyof T]: Guard<T[K]> }): Guard<T> {
  const names = Object.keys(members) as (keyof T)[]
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false
    return names.every((name) => Object.hasOwn(value, name) && members[name]((value as Record<keyof T, unknown>)[name]))
  }
}

/** The value of a JSON text; `null` when it is no JSON, or not of this shape. */
export function parseJson<T>(text: string | null, guard: Guard<T>): T | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return guard(value) ? value : null
  } catch {
    return null
  }
}
