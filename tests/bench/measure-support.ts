/** Medians that can be compared: many short batches, and the memory one call leaves behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Measured {
  readonly name: string
  /** Microseconds per call. */
  readonly medianUs: number
  readonly p99Us: number
  /** Bytes allocated per call, on and off the heap; not a number when it was not asked for. */
  readonly bytes: number
}

const BATCHES = 400
const WARM_UP_MS = 300
const BATCH_US = 1_000
const MEMORY_CALLS = 50

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Calls `work` in batches of about a millisecond; a batch is one sample. */
export function measure(
  name: string,
  work: () => unknown,
  options: { batches?: number; warmUpMs?: number; memory?: boolean } = {},
): Measured {
  const { batches = BATCHES, warmUpMs = WARM_UP_MS, memory = true } = options
  const warmUntil = performance.now() + warmUpMs
  let calls = 0
  while (performance.now() < warmUntil) {
    work()
    calls += 1
  }
  const perBatch = Math.max(1, Math.round((calls * BATCH_US) / (warmUpMs * 1_000)))
  const samples: number[] = []
  for (let batch = 0; batch < batches; batch++) {
    const start = performance.now()
    for (let i = 0; i < perBatch; i++) work()
    samples.push(((performance.now() - start) * 1_000) / perBatch)
  }
  samples.sort((a, b) => a - b)
  const at = (share: number): number => samples[Math.floor(share * (samples.length - 1))] ?? Number.NaN
  return { name, medianUs: at(0.5), p99Us: at(0.99), bytes: memory ? bytesPerCall(work) : Number.NaN }
}

/** Allocated bytes per call: few enough calls that mostly nothing is collected meanwhile; the median of many tries. */
function bytesPerCall(work: () => unknown): number {
  const tries = Array.from({ length: 40 }, () => {
    collect()
    const before = used()
    for (let i = 0; i < MEMORY_CALLS; i++) work()
    return (used() - before) / MEMORY_CALLS
  })
  // A collection in between shows as a low or negative try, code being compiled as a high one: hence the median.
  tries.sort((a, b) => a - b)
  return Math.round(tries[tries.length / 2] ?? Number.NaN)
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** One line per measurement, columns aligned. */
export function printTable(rows: readonly Measured[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length))
  console.log(`${'operation'.padEnd(width)}  median us     p99 us  bytes/call`)
  for (const row of rows) {
    const cells = [
      row.medianUs.toFixed(2).padStart(9),
      row.p99Us.toFixed(2).padStart(9),
      String(row.bytes).padStart(10),
    ]
    console.log(`${row.name.padEnd(width)}  ${cells.join('  ')}`)
  }
}
