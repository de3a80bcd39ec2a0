/** The egress client of a process, as its configuration says. */
import type { Log } from '#lib/log.ts'
import type { AllowList } from './allow.ts'
import type { EgressLimits } from './budget.ts'
import { createEgress, type Egress } from './egress.ts'

interface EgressConfig {
  readonly SATSTILE_MODE: 'development' | 'production'
  readonly EGRESS_ALLOW: AllowList
}

/** In production whoever reads the log is told that creators can reach inner servers from here. */
export function openEgress(
  { SATSTILE_MODE: mode, EGRESS_ALLOW: allow }: EgressConfig,
  { log, limits }: { log: Log; limits: EgressLimits },
): Egress {
  if (mode === 'production' && allow.size > 0) {
    log.warn('EGRESS_ALLOW lets URLs of creators lead to servers in inner networks', { count: allow.size })
  }
  return createEgress({ allow, limits })
}
