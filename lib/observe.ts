/** A piece of work that somebody may want to know of: how long it took, and whether it failed. */

/** Runs `work` and answers or throws what it does. `name` is one of few, and of ours. */
export type Observe = <T>(name: string, work: () => Promise<T>) => Promise<T>

export const unobserved: Observe = (_name, work) => work()
