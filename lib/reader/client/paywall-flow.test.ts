import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance, type FlowEvent, type FlowState, type Purchase, purchasesOf, START } from './paywall-flow.ts'

const purchase = (name: string, priceSats = 210): Purchase => ({
  challenge: `chl_${name}`,
  invoice: `lnbcrt${name}`,
  paymentHash: name.repeat(64).slice(0, 64),
  priceSats,
  askedAtMs: 0,
  expiresAtMs: 900_000,
})
const A = purchase('a')
const B = purchase('b')

/** The state after these events, and everything that had to be done on the way. */
function play(...events: FlowEvent[]): { state: FlowState; done: string[] } {
  let state: FlowState = START
  const done: string[] = []
  for (const event of events) {
    const step = advance(state, event)
    state = step.state
    for (const effect of step.effects) {
      done.push('purchase' in effect ? `${effect.kind} ${effect.purchase.challenge}` : effect.kind)
    }
  }
  return { state, done }
}
const asked: FlowEvent = { kind: 'asked' }
const issued = (of: Purchase, shownSats = 210): FlowEvent => ({ kind: 'issued', purchase: of, shownSats })
const settled = (of: Purchase, nowMs = 1000): FlowEvent => ({ kind: 'settled', challenge: of.challenge, nowMs })
const ticked = (nowMs: number): FlowEvent => ({ kind: 'ticked', nowMs })
const saidPaid = (nowMs: number): FlowEvent => ({ kind: 'said_paid', nowMs })

describe('the way from Unlock to the text', () => {
  test('asks once, waits, claims and opens', () => {
    const { state, done } = play(asked, issued(A), settled(A), { kind: 'opened' })
    expect(done).toEqual(['ask', 'watch chl_a', 'claim chl_a'])
    expect(state).toEqual({ view: 'open', older: [] })
  })

  test('pressing again while an invoice is made or open asks for no second one', () => {
    expect(play(asked, asked, asked).done).toEqual(['ask'])
    expect(play(asked, issued(A), asked).done).toEqual(['ask', 'watch chl_a'])
  })

  test('an answer nobody waits for any more changes nothing', () => {
    expect(play(issued(A)).state).toEqual(START)
    expect(play(asked, issued(A), issued(B)).state).toMatchObject({ purchase: A })
  })
})

describe('money that arrives', () => {
  test('opens after the invoice ran out, and is called late', () => {
    const { state } = play(asked, issued(A), ticked(900_000), settled(A, 900_001))
    expect(state).toMatchObject({ view: 'opening', isLate: true })
  })

  test('in time is not called late', () => {
    expect(play(asked, issued(A), settled(A, 899_999)).state).toMatchObject({ view: 'opening', isLate: false })
  })

  test('opens for an older invoice while a newer one is waited for', () => {
    const { state, done } = play(asked, issued(A), ticked(900_000), asked, issued(B), settled(A))
    expect(done).toEqual(['ask', 'watch chl_a', 'ask', 'watch chl_b', 'claim chl_a'])
    expect(state).toMatchObject({ view: 'opening', purchase: A })
  })

  test('opens what was asked for before the page was loaded', () => {
    const { done } = play({ kind: 'resumed', purchases: [A] }, settled(A))
    expect(done).toEqual(['watch chl_a', 'claim chl_a'])
  })

  test('is claimed once, however often it is told', () => {
    expect(play(asked, issued(A), settled(A), settled(A)).done).toEqual(['ask', 'watch chl_a', 'claim chl_a'])
    expect(play(asked, issued(A), settled(A), { kind: 'opened' }, settled(A)).state.view).toBe('open')
  })

  test('for somebody else’s challenge opens nothing', () => {
    expect(play(asked, issued(A), settled(B)).state.view).toBe('waiting')
  })
})

describe('a wallet that says paid', () => {
  test('is believed for three seconds, then the page says that it has seen nothing', () => {
    expect(play(asked, issued(A), saidPaid(1000), ticked(3999)).state.view).toBe('waiting')
    expect(play(asked, issued(A), saidPaid(1000), ticked(4000)).state.view).toBe('unclear')
  })

  test('keeps the page from offering a new invoice, even when this one runs out', () => {
    const { state, done } = play(asked, issued(A), saidPaid(1000), ticked(4000), ticked(900_001), asked)
    expect(state.view).toBe('unclear')
    expect(done).toEqual(['ask', 'watch chl_a'])
  })

  test('is believed for its three seconds also when the invoice runs out meanwhile', () => {
    expect(play(asked, issued(A), saidPaid(899_000), ticked(900_500)).state.view).toBe('waiting')
    expect(play(asked, issued(A), saidPaid(899_000), ticked(900_500), asked).done).toEqual(['ask', 'watch chl_a'])
    expect(play(asked, issued(A), saidPaid(899_000), ticked(902_000)).state.view).toBe('unclear')
  })

  test('after the invoice ran out takes the offer of a new one away', () => {
    expect(play(asked, issued(A), ticked(900_000), saidPaid(900_500)).state.view).toBe('unclear')
  })

  test('was wrong when the node has given the invoice up', () => {
    const events = [asked, issued(A), saidPaid(1000), ticked(4000)]
    expect(play(...events, { kind: 'canceled', challenge: A.challenge }).state.view).toBe('expired')
    expect(play(...events, { kind: 'canceled', challenge: B.challenge }).state.view).toBe('unclear')
  })
})

describe('trouble', () => {
  test('a wallet that is down is tried again by itself, a refusal is not', () => {
    const down: FlowEvent = { kind: 'failed', cause: 'wallet_down', message: 'down' }
    const refused: FlowEvent = { kind: 'failed', cause: 'refused', message: 'paused' }
    expect(play(asked, down).done).toEqual(['ask', 'retry_later'])
    expect(play(asked, refused).done).toEqual(['ask'])
    expect(play(asked, down, asked, issued(A)).state.view).toBe('waiting')
  })

  test('another price than the one shown is asked for again before paying', () => {
    const { state } = play(asked, issued(purchase('a', 300)))
    expect(state).toMatchObject({ view: 'price_changed', shownSats: 210 })
    expect(play(asked, issued(purchase('a', 300)), { kind: 'accepted' }).state.view).toBe('waiting')
  })

  test('a claim that is refused points to Restore', () => {
    expect(play(asked, issued(A), settled(A), { kind: 'claim_lost' }).state.view).toBe('lost')
    expect(play(asked, issued(A), { kind: 'claim_lost' }).state.view).toBe('waiting')
    expect(
      play(asked, issued(A), settled(A), { kind: 'claim_lost' }, asked).done.filter((act) => act === 'ask'),
    ).toEqual(['ask'])
  })
})

const anyPurchase = fc.constantFrom(A, B, purchase('c', 300))
const anyTime = fc.integer({ min: 0, max: 1_000_000 })
const anyEvent = fc.oneof(
  anyPurchase.map((of) => issued(of)),
  anyTime.map(saidPaid),
  anyTime.map(ticked),
  fc.tuple(anyPurchase, anyTime).map(([of, nowMs]) => settled(of, nowMs)),
  anyPurchase.map(({ challenge }): FlowEvent => ({ kind: 'canceled', challenge })),
  fc.constantFrom<FlowEvent>(
    asked,
    { kind: 'failed', cause: 'wallet_down', message: 'm' },
    { kind: 'failed', cause: 'refused', message: 'm' },
    { kind: 'accepted' },
    { kind: 'held' },
    { kind: 'opened' },
    { kind: 'claim_lost' },
  ),
)

describe('whatever happens, in whatever order', () => {
  test('nobody is asked to pay once a wallet said paid or money arrived', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let state: FlowState = START
        for (const event of events) {
          const step = advance(state, event)
          const isDecided = ['unclear', 'opening', 'open', 'lost'].includes(state.view)
          if (isDecided) expect(step.effects).not.toContainEqual({ kind: 'ask' })
          if (state.view === 'waiting' && state.saidPaidAtMs !== null) {
            expect(step.effects).not.toContainEqual({ kind: 'ask' })
          }
          state = step.state
        }
      }),
    )
  })

  test('an invoice that was asked for stays watched for until it opens or can never be paid', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let state: FlowState = START
        for (const event of events) {
          const next = advance(state, event).state
          if (next.view === 'open' || next.view === 'lost' || event.kind === 'held') return
          const gone = event.kind === 'canceled' ? event.challenge : null
          const lost = purchasesOf(state).filter((kept) => !purchasesOf(next).includes(kept))
          expect(lost.filter(({ challenge }) => challenge !== gone)).toEqual([])
          state = next
        }
      }),
    )
  })

  test('settlement of a known invoice leads to opening from every state', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const { state } = play(...events)
        const [known] = purchasesOf(state)
        if (!known || state.view === 'open') return
        expect(advance(state, settled(known)).state.view).toBe('opening')
      }),
    )
  })
})
