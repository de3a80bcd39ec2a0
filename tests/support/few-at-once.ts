/** Many of a thing that a test needs before it begins, made so that a busy computer is in time with each. */

const AT_ONCE = 10

/** All of them at once would wait for one another, and the last longer than a call to the node may take. */
export async function makeMany<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) {
    const next = Math.min(AT_ONCE, count - made.length)
    made.push(...(await Promise.all(Array.from({ length: next }, make))))
  }
  return made
}
