/** Everything the gate works with; made once by lib/compose.ts. */

import type { ClaimTokenDeps } from '#lib/paywall/challenges/claim-token.ts'
import type { IssueChallengeDeps } from '#lib/paywall/challenges/issue-challenge.ts'
import type { RestoreTokenDeps } from '#lib/paywall/challenges/restore-token.ts'
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { SightingBuffer } from '#lib/paywall/usage/sighting-buffer.ts'
import type { UsageBuffer } from '#lib/paywall/usage/usage-buffer.ts'
import type { ErrorAnswers } from './answer-error.ts'
import type { ArticleForms } from './article-forms.ts'
import type { Buckets, LookupBudget } from './challenge-budget.ts'
import type { JudgeDeps } from './judge.ts'
import type { ReaderPages } from './reader-pages.ts'
import type { SettlementWatch } from './settlement-watch.ts'

export interface GateDeps extends JudgeDeps, IssueChallengeDeps, ClaimTokenDeps, RestoreTokenDeps {
  readonly catalog: Pick<Catalog, 'find' | 'refresh'>
  readonly errors: ErrorAnswers
  readonly forms: ArticleForms
  readonly pages: ReaderPages
  readonly sightings: Pick<SightingBuffer, 'note'>
  readonly usage: Pick<UsageBuffer, 'count'>
  readonly watch: SettlementWatch
  /** Looking up what somebody says to have asked for or paid. */
  readonly lookupBudget: LookupBudget
  /** Tries to restore by invoice and payment proof, per client. */
  readonly restoreBudget: Buckets
}
