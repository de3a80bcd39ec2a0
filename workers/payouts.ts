/** Pays out: closed until the node was asked about everything that it may have been told of, then one step a second. */
import type { LightningPayer } from '#lib/lightning/payer.ts'
import { describeCause } from '#lib/log.ts'
import { type AdmitDeps, admitPayout } from '#lib/paywall/payouts/admit-payout.ts'
import { type AnnounceDeps, announceDestinations, announceFactor } from '#lib/paywall/payouts/announce.ts'
import { type AuditPayoutsDeps, auditPayouts } from '#lib/paywall/payouts/audit-payouts.ts'
import { cancelPayout } from '#lib/paywall/payouts/end-payout.ts'
import { type FixDeps, fixPayout } from '#lib/paywall/payouts/fix-payout.ts'
import { WITH_THE_NODE } from '#lib/paywall/payouts/payout.ts'
import { findStop, listPayouts, type Payout } from '#lib/paywall/payouts/payout-store.ts'
import { type ReserveDeps, reservePayout } from '#lib/paywall/payouts/reserve-payout.ts'
import { resolvePayout } from '#lib/paywall/payouts/resolve-payout.ts'
import { type SendDeps, sendPayout } from '#lib/paywall/payouts/send-payout.ts'
import { confirmFactors } from '#lib/paywall/payouts/verify-proof.ts'
import { createTrouble } from '#lib/trouble.ts'

export interface PayoutsDeps extends AdmitDeps, AnnounceDeps, ReserveDeps, FixDeps, SendDeps, AuditPayoutsDeps {
  readonly payer: LightningPayer
  /** Between two rounds. */
  readonly everyMs: number
}

export interface PayoutsLoop {
  stop(): Promise<void>
}

const ASK_EVERY_MS = 30_000
const AUDIT_EVERY_MS = 60 * 60 * 1000
const AT_ONCE = 100

/** Runs until it is stopped; a payout on its way then goes on at the node and is asked for at the next start. */
export function startPayouts(deps: PayoutsDeps): PayoutsLoop {
  const state: LoopState = { isOpen: false, sending: new Set(), auditedAt: 0 }
  const trouble = createTrouble(deps.log, {
    begun: 'payouts wait',
    over: 'payouts go on',
    lasting: 'payouts have waited for half a minute',
  })
  const ending = new AbortController()
  const { signal } = ending
  const loop = async () => {
    while (!signal.aborted) {
      try {
        await step(deps, state)
        trouble.end()
        await pause(deps.everyMs, signal)
      } catch (cause) {
        await trouble.wait(cause, signal)
      }
    }
  }
  const running = loop()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}

interface LoopState {
  isOpen: boolean
  /** Questions to addresses, and payments of this process that have no last word yet. */
  readonly sending: Set<Promise<void>>
  auditedAt: number
}

async function step(deps: PayoutsDeps, state: LoopState): Promise<void> {
  for (const creatorId of await confirmFactors(deps)) await announceFactor(deps, creatorId)
  await cancelAsked(deps)
  if (!state.isOpen) await openUp(deps, state)
  else await resolveDue(deps)
  if (Date.now() - state.auditedAt > AUDIT_EVERY_MS) {
    await auditPayouts(deps)
    state.auditedAt = Date.now()
  }
  if ((await findStop(deps.db.client)) !== null) return
  await begin(deps)
  await send(deps, state)
}

/** Every payout that the node may know is asked for, or nothing is begun: a process that died may have sent any of them. */
async function openUp(deps: PayoutsDeps, state: LoopState): Promise<void> {
  for (const payout of await listPayouts(deps.db.client, WITH_THE_NODE, 10_000)) await resolvePayout(deps, payout)
  state.isOpen = true
  deps.log.info('payouts are open: the node was asked about every one that it may know')
}

async function resolveDue(deps: PayoutsDeps): Promise<void> {
  const before = deps.clock.now().getTime() - ASK_EVERY_MS
  for (const payout of await listPayouts(deps.db.client, WITH_THE_NODE, AT_ONCE)) {
    const since = payout.nodeAskedAt ?? payout.dispatchedAt
    const isNew = payout.state === 'unknown' && payout.nodeAskedAt === null
    if (isNew || (since !== null && since.getTime() < before))
      await alone(deps, payout, () => resolvePayout(deps, payout))
  }
}

async function cancelAsked(deps: PayoutsDeps): Promise<void> {
  for (const payout of await listPayouts(deps.db.client, ['requested', 'reserved', 'fixed'], AT_ONCE))
    if (payout.cancelAskedAt !== null) await cancelPayout(deps, payout)
}

async function begin(deps: PayoutsDeps): Promise<void> {
  const due = (await listPayouts(deps.db.client, ['requested'], AT_ONCE)).filter(
    ({ cancelAskedAt, waitsUntil }) =>
      cancelAskedAt === null && (waitsUntil === null || waitsUntil <= deps.clock.now()),
  )
  for (const payout of due) {
    await alone(deps, payout, async () => {
      if (!(await admitPayout(deps, payout))) return
      await reservePayout(deps, payout)
      deps.killPoint('payout.reserved')
    })
  }
  await announceDestinations(deps)
}

async function send(deps: PayoutsDeps, { sending }: LoopState): Promise<void> {
  const reserved = await listPayouts(deps.db.client, ['reserved'], AT_ONCE)
  // An address may take long to answer, which holds up none of the others.
  for (const payout of reserved) track(alone(deps, payout, () => fixPayout(deps, payout)))
  for (const payout of await listPayouts(deps.db.client, ['fixed'], AT_ONCE))
    track(alone(deps, payout, () => sendPayout(deps, payout)))

  function track(act: Promise<void>): void {
    const going = act.finally(() => sending.delete(going))
    sending.add(going)
  }
}

/** What goes wrong with one payout holds up none of the others; it is tried again, and the node is asked about what it may know. */
async function alone(deps: PayoutsDeps, { creatorId, id }: Payout, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    deps.log.warn('a payout did not get on', { creatorId, payoutId: id, cause: describeCause(cause) })
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
