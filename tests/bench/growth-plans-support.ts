/** Which way Postgres took for what was asked of it: its own plans, as auto_explain writes them into the server's log. */
import { readFileSync, statSync } from 'node:fs'

/** Of one statement. */
export interface Plan {
  /** On one line. */
  readonly query: string
  /** As Postgres tells it, with the rows that came out of each step. */
  readonly lines: readonly string[]
}

/** What the server logs while `work` runs in sessions that are to be explained. */
export async function explain(logFile: string, work: () => Promise<unknown>): Promise<Plan[]> {
  const from = statSync(logFile).size
  await work()
  return readPlans(readFileSync(logFile).subarray(from).toString())
}

/** Statements that touch no table, such as setting whose rows are seen, are none that grow. */
function readPlans(log: string): Plan[] {
  return log
    .split(/^(?=\S)/m)
    .filter((entry) => entry.includes(' ms  plan:\n'))
    .map((entry) => {
      const lines = entry
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^\t/, ''))
        .filter((line) => line !== '')
      const planAt = lines.findIndex((line) => /\(cost=.*\(actual /.test(line))
      const text = lines.slice(0, planAt).join(' ')
      const query = text.replace(/^Query Text: /, '').replaceAll(/\s+/g, ' ')
      return { query, lines: lines.slice(planAt).map((line) => line.replace(/\(cost=\S+ rows=\S+ width=\S+\) /, '')) }
    })
    .filter((plan) => listAccesses(plan).length > 0)
}

interface Access {
  /** A table, and by which index; without one it is read whole. */
  readonly name: string
  /** Those that were found and those that a filter then left out. */
  readonly rows: number
}

const SCAN = /(?:Index Scan|Index Only Scan)(?: Backward)? using (\S+) on (\S+)|(Seq|Bitmap Heap) Scan on (\S+)/
const ACTUAL = /\(actual .*?rows=([\d.]+) loops=(\d+)\)/

/** Tables that a plan reads, in the order of the plan; what was planned and never run is not among them. */
function listAccesses({ lines }: Plan): Access[] {
  const accesses: Access[] = []
  let loops = 0
  for (const line of lines) {
    const removed = /Rows Removed by (?:Filter|Index Recheck): (\d+)/.exec(line)
    const last = accesses.at(-1)
    if (removed !== null && last !== undefined)
      accesses[accesses.length - 1] = { ...last, rows: last.rows + Number(removed[1]) * loops }
    const bitmap = /Bitmap Index Scan on (\S+)/.exec(line)
    if (bitmap !== null && last !== undefined && !last.name.includes(' '))
      accesses[accesses.length - 1] = { ...last, name: `${last.name} by ${bitmap[1]}` }
    const [scan, actual] = [SCAN.exec(line), ACTUAL.exec(line)]
    if (scan === null || actual === null) continue
    loops = Number(actual[2])
    const [, index, indexed, kind, other] = scan
    const name = index === undefined ? `${other}${kind === 'Seq' ? ' whole' : ''}` : `${indexed} by ${index}`
    accesses.push({ name, rows: Number(actual[1]) * loops })
  }
  return accesses
}

/** The way of a plan on one line: each table, its index, and how many of its rows were read. */
export function summarise(plan: Plan): string {
  const rows = new Map<string, number>()
  for (const access of listAccesses(plan)) rows.set(access.name, (rows.get(access.name) ?? 0) + access.rows)
  return [...rows].map(([name, count]) => `${name}: ${Math.round(count)}`).join('; ')
}
