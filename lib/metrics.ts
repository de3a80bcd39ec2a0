/** What one process measures, as Prometheus reads it: every name and label stands here or in code, none comes from a client or a creator. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** A number that rises; on a hot path adding to it is the whole cost, the rest is done when somebody reads. */
export interface Cell {
  count: number
}

interface Tally {
  /** The cell of these label values, in the order of the labels; keep it where it is used often. */
  cell(...values: string[]): Cell
}

interface Timing {
  /** Notes how long something took. */
  note(values: readonly string[], seconds: number): void
}

interface Described {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface Metrics {
  tally(described: Described): Tally
  /** `buckets`: upper ends, in seconds. */
  timing(described: Described & { readonly buckets: readonly number[] }): Timing
  /** Read when somebody asks; a reading that fails is left out and the others stand. */
  gauge(described: Described, read: () => Readings | Promise<Readings>): void
  /** Measures of Node itself from here on: memory, garbage, event loop. */
  watchProcess(): void
  /** The text of an exposition, and its media type. */
  render(): Promise<{ readonly text: string; readonly type: string }>
}

/** A value for each list of label values. */
type Readings = readonly (readonly [values: readonly string[], value: number])[]

/** A label that has more values than this is a mistake of ours; what comes after them is counted as `other`. */
const MAX_CELLS = 400

export function createMetrics(process: string): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  const registers = [registry]
  return {
    tally({ name, help, labels = [] }) {
      const cells = new Map<string, { readonly values: readonly string[]; readonly cell: Cell }>()
      const counter = new Counter({
        ...{ name, help, labelNames: labels, registers },
        collect() {
          counter.reset()
          for (const { values, cell } of cells.values()) counter.inc(labelled(labels, values), cell.count)
        },
      })
      return {
        cell(...values) {
          const isFull = cells.size >= MAX_CELLS && !cells.has(values.join(' '))
          const own = isFull ? labels.map(() => 'other') : values
          const known = cells.get(own.join(' ')) ?? { values: own, cell: { count: 0 } }
          cells.set(own.join(' '), known)
          return known.cell
        },
      }
    },
    timing({ name, help, labels = [], buckets }) {
      const histogram = new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers })
      return { note: (values, seconds) => histogram.observe(labelled(labels, values), seconds) }
    },
    gauge({ name, help, labels = [] }, read) {
      const gauge = new Gauge({
        ...{ name, help, labelNames: labels, registers },
        async collect() {
          const readings = await Promise.resolve()
            .then(read)
            .catch((): Readings => [])
          gauge.reset()
          for (const [values, value] of readings) gauge.set(labelled(labels, values), value)
        },
      })
    },
    watchProcess: () => collectDefaultMetrics({ register: registry }),
    render: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  }
}

function labelled(labels: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, n) => [label, values[n] ?? '']))
}
