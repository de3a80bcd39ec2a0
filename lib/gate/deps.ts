/** Everything the gate works with; made once by lib/compose-gateway.ts. */

import type { Observe } from '#lib/observe.ts'
import type { ClaimTokenDeps } from '#lib/paywall/challenges/claim-token.ts'
import type { IssueChallengeDeps } from '#lib/paywall/challenges/issue-challenge.ts'
import type { RestoreTokenDeps } from '#lib/paywall/challenges/restore-token.ts'
import type { KnownCounters } from '#lib/paywall/entitlements/find-counter.ts'
import type { OpenMeters } from '#lib/paywall/entitlements/open-meters.ts'
import type { SpentNetworks } from '#lib/paywall/entitlements/take-free-use.ts'
import type { Demand } from '#lib/paywall/prices/demand.ts'
import type { QuoteDeps } from '#lib/paywall/prices/quote-offer.ts'
import type { RateFollower } from '#lib/paywall/rates/follow-rates.ts'
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { RefusalBuffer } from '#lib/paywall/usage/refusal-buffer.ts'
import type { SightingBuffer } from '#lib/paywall/usage/sighting-buffer.ts'
import type { UsageBuffer } from '#lib/paywall/usage/usage-buffer.ts'
import type { Shares } from '#lib/shares.ts'
import type { ReaderPages } from './answers/reader-pages.ts'
import type { ErrorAnswers } from './answers/refusal.ts'
import type { ViewCounter } from './count-view.ts'
import type { SettledSales } from './credentials/settled-sales.ts'
import type { DecideDeps } from './decide.ts'
import type { GateFigures } from './figures.ts'
import type { Kinds } from './kinds/kind.ts'
import type { Buckets } from './limits/buckets.ts'
import type { LookupBudget } from './limits/challenge-budget.ts'
import type { HostBudget } from './limits/host-budget.ts'
import type { SettlementWatch } from './routes/settlement-watch.ts'

export interface GateDeps extends DecideDeps, IssueChallengeDeps, ClaimTokenDeps, RestoreTokenDeps, QuoteDeps {
  readonly rates: Pick<RateFollower, 'present'>
  readonly demand: Pick<Demand, 'count' | 'perMinute'>
  readonly clock: IssueChallengeDeps['clock']
  readonly catalog: Pick<Catalog, 'peek' | 'find' | 'refresh'>
  readonly errors: ErrorAnswers
  readonly figures: GateFigures
  /** Told of what takes time. */
  readonly observe: Observe
  readonly kinds: Kinds
  readonly pages: ReaderPages
  readonly sightings: Pick<SightingBuffer, 'noteToken'>
  readonly usage: Pick<UsageBuffer, 'count'>
  readonly refusals: Pick<RefusalBuffer, 'count'>
  readonly counters: KnownCounters
  readonly spentNetworks: SpentNetworks
  readonly meters: Pick<OpenMeters, 'track'>
  readonly views: ViewCounter
  readonly watch: SettlementWatch
  readonly settledSales: SettledSales
  /** Answers of one token that are under way at a resource with a bound for them. */
  readonly atOnce: Shares
  /** Looking for creators at hosts that nobody has. */
  readonly hostBudget: HostBudget
  /** Looking up what somebody says to have asked for or paid. */
  readonly lookupBudget: LookupBudget
  /** Tries to restore by invoice and payment proof, per client. */
  readonly restoreBudget: Buckets
}
