/** Guarantees of the mail budget: floods end by who asks, and no address is closed to its owner. */
import { describe, expect, it } from 'vitest'
import { createMailBudget, createTryLimit } from './mail-budget.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20, 12) + seconds * 1000)
const LIMITS = { client: 4, network: 8, total: 40 }

let presses = 0
/** A browser that nobody has seen. */
const ask = (client: string | null, address = 'a@example.test') => {
  presses += 1
  return { client, address, browserSecret: String(presses) }
}

describe('a client', () => {
  it('gets its mails, then none until some of the quarter of an hour has passed', () => {
    const budget = createMailBudget(LIMITS)
    for (let n = 0; n < 4; n += 1) expect(budget.take(ask('192.0.2.1', `v+${n}@example.test`), at(0))).toBe('send')
    expect(budget.take(ask('192.0.2.1'), at(200))).toBe('limited')
    expect(budget.take(ask('192.0.2.1'), at(226))).toBe('send')
    expect(budget.take(ask('192.0.2.1'), at(227))).toBe('limited')
  })

  it('cannot use up what another one may ask for, at the same address too', () => {
    const budget = createMailBudget(LIMITS)
    for (let n = 0; n < 50; n += 1) budget.take(ask('192.0.2.1'), at(0))
    expect(budget.take(ask('198.51.100.7'), at(0))).toBe('send')
  })

  it('is a whole /64 of IPv6, and whoever has no address counts as one', () => {
    const budget = createMailBudget(LIMITS)
    for (let n = 1; n <= 4; n += 1) expect(budget.take(ask(`2001:db8::${n}`), at(0))).toBe('send')
    expect(budget.take(ask('2001:db8::5'), at(0))).toBe('limited')
    for (let n = 0; n < 4; n += 1) expect(budget.take(ask(null), at(0))).toBe('send')
    expect(budget.take(ask(null), at(0))).toBe('limited')
  })
})

describe('a network', () => {
  it('gets no more for having many clients; the one beside it does', () => {
    const budget = createMailBudget(LIMITS)
    for (let n = 0; n < 8; n += 1) expect(budget.take(ask(`192.0.2.${n}`), at(0))).toBe('send')
    expect(budget.take(ask('192.0.2.99'), at(0))).toBe('limited')
    expect(budget.take(ask('192.0.3.99'), at(0))).toBe('send')
  })
})

describe('all together', () => {
  it('get no more than the total; its second half is for clients that asked for hardly any', () => {
    const budget = createMailBudget(LIMITS)
    let sent = 0
    for (let n = 0; n < 200; n += 1) if (budget.take(ask(`10.${n % 6}.0.1`), at(0)) === 'send') sent += 1
    expect(sent).toBeLessThanOrEqual(20 + 6)
    let late = 0
    for (let n = 0; n < 200; n += 1) if (budget.take(ask(`10.1.${n}.1`), at(0)) === 'send') late += 1
    expect(late).toBe(40 - sent)
  })
})

describe('a crowd', () => {
  it('of clients that each ask on and on leaves mails for whoever asks first', () => {
    const budget = createMailBudget({ client: 10, network: 10, total: 40 })
    const asks = Array.from({ length: 200 }, (_, n) => budget.take(ask(`10.${n % 4}.0.1`), at(0)))
    expect(asks.filter((answer) => answer === 'send')).toHaveLength(21)
    expect(budget.take(ask('198.51.100.7'), at(0))).toBe('send')
  })
})

describe('one browser', () => {
  it('that asks twice for an address within a minute gets one mail, and gives back what did not leave', () => {
    const budget = createMailBudget(LIMITS)
    const press = ask('192.0.2.1')
    expect(budget.take(press, at(0))).toBe('send')
    expect(budget.take(press, at(59))).toBe('merged')
    expect(budget.take({ ...press, address: 'b@example.test' }, at(59))).toBe('send')
    expect(budget.take(press, at(60))).toBe('send')
    budget.giveBack(press)
    expect(budget.take(press, at(61))).toBe('send')
  })

  it('tries ten codes, whatever others try', () => {
    const tries = createTryLimit()
    for (let n = 0; n < 10; n += 1) {
      expect(tries.isOpen('one')).toBe(true)
      tries.count('one')
    }
    expect(tries.isOpen('one')).toBe(false)
    expect(tries.isOpen('other')).toBe(true)
  })
})
