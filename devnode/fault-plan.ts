/** What goes wrong on purpose: rates and switches that can be changed while the node runs, drawn from one seed. */

export interface FaultPlan {
  /** Begins the sequence of chances anew; the same seed and the same calls give the same faults. */
  readonly seed: number
  /** Names of calls (`AddInvoice`) that are slow or fail; empty: all. */
  readonly methods: readonly string[]
  readonly answerDelayMs: number
  /** Refused with UNAVAILABLE before anything is done. */
  readonly unavailableRate: number
  /** Done, then UNAVAILABLE in place of the answer. */
  readonly lostAnswerRate: number
  /** Done, and never answered. */
  readonly silentRate: number
  readonly refuseMacaroons: boolean
  readonly locked: boolean
  /** Events of SubscribeInvoices. */
  readonly eventDelayMs: number
  readonly dropRate: number
  readonly doubleRate: number
  /** The event is sent behind the next one, or after a second. */
  readonly reorderRate: number
  /** The stream ends after the event. */
  readonly closeStreamRate: number
  /** A settle index is left out. */
  readonly settleGapRate: number
  /** The wallet pays so many millionths more than was asked. */
  readonly overpayPpm: number
  /** Expired invoices stay payable and are not canceled. */
  readonly payAfterExpiry: boolean
  /** No answer and no event has a preimage, settled or not. */
  readonly withholdPreimage: boolean
  /** Open invoices show theirs, as lnd's do. */
  readonly earlyPreimage: boolean
  /** What a payment of the node costs on its way. */
  readonly routingFeeMsat: number
  readonly failPaymentRate: number
  /** Payments of the node stay in flight until this is off again. */
  readonly stuckPayments: boolean
}

export const NO_FAULTS: FaultPlan = {
  seed: 1,
  methods: [],
  answerDelayMs: 0,
  unavailableRate: 0,
  lostAnswerRate: 0,
  silentRate: 0,
  refuseMacaroons: false,
  locked: false,
  eventDelayMs: 0,
  dropRate: 0,
  doubleRate: 0,
  reorderRate: 0,
  closeStreamRate: 0,
  settleGapRate: 0,
  overpayPpm: 0,
  payAfterExpiry: false,
  withholdPreimage: false,
  earlyPreimage: false,
  routingFeeMsat: 0,
  failPaymentRate: 0,
  stuckPayments: false,
}

export interface Faults {
  readonly plan: () => FaultPlan
  /** Changes the named members, keeps the others; answers the faults of the input by member, or `null`. */
  change(input: unknown): Record<string, string> | null
  /** `true` in `rate` of the calls, 0 never, 1 always. */
  chance(rate: number): boolean
  /** Whether slowness and failure are meant for this call. */
  concerns(method: string): boolean
}

export function createFaults(): Faults {
  let plan = NO_FAULTS
  let random = randomFrom(plan.seed)
  return {
    plan: () => plan,
    change(input) {
      const fields = checkPlan(input)
      if (Object.keys(fields).length > 0) return fields
      const changes = input as Partial<FaultPlan>
      plan = { ...plan, ...changes }
      if (changes.seed !== undefined) random = randomFrom(changes.seed)
      return null
    },
    chance: (rate) => rate > 0 && random() < rate,
    concerns: (method) => plan.methods.length === 0 || plan.methods.includes(method),
  }
}

function checkPlan(input: unknown): Record<string, string> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { plan: 'expected a JSON object' }
  const checked = Object.entries(input).map(([name, value]) => [name, checkMember(name, value)] as const)
  return Object.fromEntries(checked.filter((entry): entry is [string, string] => entry[1] !== null))
}

function checkMember(name: string, value: unknown): string | null {
  if (!Object.hasOwn(NO_FAULTS, name)) return `no such member; there are ${Object.keys(NO_FAULTS).join(', ')}`
  const standard = NO_FAULTS[name as keyof FaultPlan]
  if (typeof standard === 'boolean') return typeof value === 'boolean' ? null : 'expected true or false'
  if (Array.isArray(standard)) {
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? null : 'expected a list of names'
  }
  if (typeof value !== 'number' || value < 0 || !Number.isFinite(value)) return 'expected a number, 0 or more'
  return name.endsWith('Rate') && value > 1 ? 'expected a rate from 0 to 1' : null
}

/** Mulberry32: small, quick, and good enough to throw dice with. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
