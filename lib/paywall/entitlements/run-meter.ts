/** A meter over the counters of one token: amounts are drawn ahead of the answer, and what it did not use goes back. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import type { Taken, UsesOfToken } from './claim-uses.ts'
import { type Draw, isLow, leastOf, nextStep, refill, restOf, settleReserved, spend } from './draw.ts'
import { counterOf, type Use } from './entitlement.ts'
import { drawUse } from './entitlement-store.ts'
import { closeLease, type LeaseKey, moveLease } from './lease-store.ts'
import type { Meter } from './meter.ts'
import type { OpenMeters } from './open-meters.ts'

/** How long a lease holds without a word of its gateway. */
export const LEASE_SECONDS = 60

export interface MeterDeps {
  readonly db: Db
  readonly meters: Pick<OpenMeters, 'track'>
}

interface MeterInput {
  readonly lease: LeaseKey
  readonly token: Omit<UsesOfToken, 'uses' | 'asked'>
  readonly taken: Taken
  /** The lease is nobody's any more: nothing renews it. */
  readonly onEnd: () => void
}

/** What was taken has been given back: nothing is charged any more. */
interface RunningMeter extends Meter {
  cancel(): void
}

/** For a token of which the metered part has been taken on lease; `null`: it has none. */
export function runMeter(deps: MeterDeps, input: MeterInput): RunningMeter | null {
  const uses = [...input.taken].filter(([{ taking = 'whole' }]) => taking !== 'whole')
  if (uses.length === 0) return null
  const state = { told: null as bigint | null, ranOut: null as CountedKind | null }
  const runOut = (kind: CountedKind) => {
    state.ranOut = kind
  }
  const amounts = new Map(
    uses
      .filter(([{ taking }]) => taking === 'drawn')
      .map(([use, held]) => [use.kind, openAmount(deps, input, { use, held })]),
  )
  const reserved = uses.filter(([{ taking }]) => taking === 'reserved')
  const [bytes, seconds] = [amounts.get('bytes'), amounts.get('seconds')]
  const clock = seconds === undefined ? null : createClock(seconds, () => runOut('seconds'))
  let ending: Promise<void> | null = null
  const end = () => {
    const closing = { amounts: [...amounts.values()], clock, reserved, told: state.told }
    ending ??= deps.meters.track(close(deps, input, closing).finally(input.onEnd))
    return ending
  }
  return {
    onBytes: (wanted) => (bytes === undefined ? wanted : take(bytes, wanted, () => runOut('bytes'))),
    onSeconds: (over) => clock?.begin(over),
    onVolume(told) {
      state.told = told
    },
    settle: end,
    abandon: end,
    ranOut: () => state.ranOut,
    cancel() {
      clock?.stop()
      ending ??= Promise.resolve()
    },
  }
}

/** One amount that is drawn. */
interface Amount {
  readonly use: Use
  draw: Draw
  step: bigint
  /** A step that is being taken; answers how much it brought. */
  drawing: Promise<bigint> | null
  /** The last step brought nothing: none is asked for ahead any more. */
  isDry: boolean
  /** Takes the next step unless one is under way. Rejects with `database.unavailable`. */
  more(): Promise<bigint>
}

function openAmount(deps: MeterDeps, input: MeterInput, { use, held }: { use: Use; held: bigint }): Amount {
  const amount: Amount = {
    use,
    draw: { held, spent: 0n },
    step: held,
    drawing: null,
    isDry: false,
    more() {
      if (amount.drawing !== null) return amount.drawing
      amount.step = nextStep(use.kind, amount.step)
      amount.drawing = takeStep(deps, input, amount).finally(() => {
        amount.drawing = null
      })
      return amount.drawing
    },
  }
  return amount
}

async function takeStep({ db }: MeterDeps, { lease, token }: MeterInput, amount: Amount): Promise<bigint> {
  const { use, step } = amount
  const { spent } = amount.draw
  const kind = counterOf(use)
  const drawn = await db.inTransaction(async (tx) => {
    const got = await drawUse(tx, { ...token, kind, cost: step, limit: use.limit, least: leastOf(use.kind) })
    const isOurs = await moveLease(tx, { ...lease, kind, spent, drawn: got, seconds: LEASE_SECONDS })
    if (!isOurs) throw new Fault('database.unavailable', 'a lease was given back while its answer was under way')
    return got
  })
  // What was spent while the step was taken is spent of what is held now.
  const since = amount.draw.spent - spent
  amount.draw = { ...refill({ ...amount.draw, spent }, drawn), spent: since }
  amount.isDry = drawn === 0n
  return drawn
}

/** At once while what is held lasts; the next step is taken before that ends. */
function take(amount: Amount, wanted: number, onEnd: () => void): number | Promise<number> {
  const { draw, granted } = spend(amount.draw, BigInt(wanted))
  amount.draw = draw
  if (granted < BigInt(wanted)) return takeMore(amount, { wanted, granted: Number(granted), onEnd })
  // Not had now, it is asked for again when it is needed, and its failure told then.
  if (!amount.isDry && isLow(draw, amount.step)) void amount.more().catch(() => undefined)
  return wanted
}

async function takeMore(
  amount: Amount,
  asked: { readonly wanted: number; readonly granted: number; readonly onEnd: () => void },
): Promise<number> {
  let { granted } = asked
  while (granted < asked.wanted) {
    const drawn = await amount.more()
    const next = spend(amount.draw, BigInt(asked.wanted - granted))
    amount.draw = next.draw
    granted += Number(next.granted)
    if (drawn > 0n || next.granted > 0n) continue
    asked.onEnd()
    break
  }
  return granted
}

interface OpenClock {
  /** Called once. */
  begin(over: () => void): void
  /** Time stands; what passed is spent. */
  stop(): void
}

/** A step is asked for when this part of what is held has passed, and again at this part of what is left then. */
const AHEAD = 2

/** Milliseconds are the steps of `seconds`. */
function createClock(amount: Amount, onEnd: () => void): OpenClock {
  let noted = performance.now()
  let timer: NodeJS.Timeout | undefined
  let isOpen = false
  const note = () => {
    const passed = Math.floor(performance.now() - noted)
    noted += passed
    amount.draw = spend(amount.draw, BigInt(passed)).draw
  }
  const wait = (over: () => void, isLast: boolean) => {
    note()
    const rest = Number(restOf(amount.draw))
    timer = setTimeout(() => void next(over, isLast), isLast ? rest : Math.ceil(rest / AHEAD))
    timer.unref()
  }
  const finish = (over: () => void) => {
    isOpen = false
    onEnd()
    over()
  }
  const next = async (over: () => void, isLast: boolean) => {
    note()
    const rest = Number(restOf(amount.draw))
    if (rest <= 0 && isLast) return finish(over)
    // A store that does not answer in time gives nothing away.
    timer = setTimeout(() => finish(over), Math.max(rest, LAST_MS))
    const drawn = await amount.more().catch(() => null)
    if (!isOpen) return
    clearTimeout(timer)
    // Nothing more to be had, or Postgres silent: what is held is the end, unless it is asked for again in time.
    wait(over, drawn === 0n || (drawn === null && restOf(amount.draw) < BigInt(LAST_MS)))
  }
  return {
    begin(over) {
      noted = performance.now()
      isOpen = true
      wait(over, false)
    },
    stop() {
      if (isOpen) note()
      isOpen = false
      clearTimeout(timer)
    },
  }
}

/** Without Postgres no time is asked for any more below this, and an answer waits no longer for its next step. */
const LAST_MS = 100

interface Closing {
  readonly amounts: readonly Amount[]
  readonly clock: OpenClock | null
  readonly reserved: readonly (readonly [Use, bigint])[]
  readonly told: bigint | null
}

/** Waits between tries: a lease that nobody settles is given back after a minute, and the answer would have been free. */
const RETRY_MS = [250, 1_000, 4_000, 15_000] as const

async function close(deps: MeterDeps, input: MeterInput, closing: Closing): Promise<void> {
  closing.clock?.stop()
  await Promise.all(closing.amounts.map(({ drawing }) => drawing?.catch(() => undefined)))
  for (const [attempt, ms] of [...RETRY_MS, null].entries()) {
    try {
      return await deps.db.inTransaction((tx) => closeAll(tx, input, { ...closing, isFirst: attempt === 0 }))
    } catch {
      if (ms === null) return
      await pause(ms, undefined, { ref: false })
    }
  }
}

type Tx = Parameters<typeof drawUse>[0]

async function closeAll(tx: Tx, input: MeterInput, closing: Closing & { isFirst: boolean }): Promise<void> {
  const spent = closing.amounts.map(({ use, draw }) => ({ use, spent: draw.spent, more: 0n }))
  const charged = closing.reserved.map(([use, held]) => {
    const { back, more } = settleReserved(held, closing.told)
    return { use, spent: held - back, more }
  })
  for (const { use, spent: used, more } of [...spent, ...charged]) {
    const isClosed = await closeLease(tx, { ...input.lease, kind: counterOf(use), spent: used })
    if (isClosed) await charge(tx, input, { use, cost: more })
    // Given back in the meantime, with what was used of it. At a later try it may have been this that closed it.
    else if (closing.isFirst) await charge(tx, input, { use, cost: used + more })
  }
}

/** As far as there is something left: nobody owes more than was bought. */
async function charge(tx: Tx, { token }: MeterInput, { use, cost }: { use: Use; cost: bigint }): Promise<void> {
  if (cost > 0n) await drawUse(tx, { ...token, kind: counterOf(use), cost, limit: use.limit, least: cost })
}
