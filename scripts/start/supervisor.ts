/** All processes of one copy under one roof: begun in order, noted so that a later start can find them, ended together. */
import { type Child, type ChildPlan, createChild } from './child.ts'
import { forgetProcesses, noteProcesses } from './leftovers.ts'
import { tell } from './progress.ts'
import { createSteadyWrite } from './steady-write.ts'
import { Stop } from './stop.ts'

export interface Supervisor {
  /** Begins these together and resolves when all of them answer. */
  start(plans: readonly ChildPlan[]): Promise<void>
  /** Name -> process id of what answers now. */
  pids(): Record<string, number>
  /** Ends everything, Postgres last; nothing of ours is left when this resolves. */
  stop(): Promise<void>
}

/** `onChange` is called whenever the answer of `pids()` may have changed. */
export function createSupervisor({ dataDir, onChange }: { dataDir: string; onChange: () => void }): Supervisor {
  const children: Child[] = []
  let isStopping = false
  const noteMarks = createSteadyWrite(() => {
    const marks = children.flatMap((child) => child.marks())
    if (!isStopping) noteProcesses(dataDir, marks)
  })
  const noteAll = () => {
    noteMarks()
    onChange()
  }
  return {
    async start(plans) {
      if (isStopping) throw new Stop('The start was interrupted.')
      const added = plans.map((plan) => createChild(plan, { onChange: noteAll, tell }))
      children.push(...added)
      await Promise.all(added.map((child) => child.start()))
    },
    pids: () => Object.fromEntries(children.flatMap((child) => toEntry(child))),
    async stop() {
      isStopping = true
      const isDatabase = (child: Child) => child.name === 'postgres'
      await Promise.all(children.filter((child) => !isDatabase(child)).map((child) => child.stop()))
      await Promise.all(children.filter(isDatabase).map((child) => child.stop()))
      forgetProcesses(dataDir)
    },
  }
}

function toEntry(child: Child): [string, number][] {
  const pid = child.pid()
  return pid === null ? [] : [[child.name, pid]]
}
