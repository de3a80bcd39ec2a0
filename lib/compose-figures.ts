/** What a gateway and workers measure, beside what their parts count themselves; read when somebody asks. */
import type { Db } from './db.ts'
import type { LightningBackend } from './lightning/backend.ts'
import { observeBackend } from './lightning/observed-backend.ts'
import type { Metrics } from './metrics.ts'
import type { Observe } from './observe.ts'

const NODE_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** The same node, its calls timed. */
export function timeBackend(metrics: Metrics, backend: LightningBackend, observe: Observe): LightningBackend {
  const timing = metrics.timing({
    name: 'satstile_node_seconds',
    help: 'Calls of the Lightning node',
    labels: ['call', 'result'],
    buckets: NODE_BUCKETS,
  })
  return observeBackend(backend, async (name, work) => {
    const startedAt = performance.now()
    let result = 'failed'
    try {
      const answer = await observe(`node ${name}`, work)
      result = 'answered'
      return answer
    } finally {
      timing.note([name, result], (performance.now() - startedAt) / 1000)
    }
  })
}

export function measurePool(metrics: Metrics, db: Pick<Db, 'pool' | 'retries'>): void {
  metrics.gauge(
    { name: 'satstile_db_connections', help: 'Connections to Postgres, and callers without one', labels: ['state'] },
    () => {
      const { open, idle, waiting } = db.pool()
      return [
        [['used'], open - idle],
        [['idle'], idle],
        [['waiting'], waiting],
      ]
    },
  )
  metrics.gauge({ name: 'satstile_db_retries', help: 'Transactions that were run again since the start' }, () => [
    [[], db.retries()],
  ])
}

/** 1 for a part that is down. */
export function measureHealth(metrics: Metrics, health: { down(): readonly string[] }, parts: readonly string[]): void {
  metrics.gauge({ name: 'satstile_down', help: 'Parts that are down now', labels: ['part'] }, () => {
    const down = health.down()
    return parts.map((part) => [[part], down.includes(part) ? 1 : 0] as const)
  })
}
