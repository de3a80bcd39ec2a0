import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BodyPart, begin, type Delivery, end, isCovered } from './delivery.ts'

const MB = 1024 * 1024
const LENGTH = 100 * MB
const now = new Date('2026-11-28T12:00:00Z')
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const NONE: Delivery = { uses: 0, sent: [], granted: 0, movedAt: new Date(0) }
const part = (start: number, until = LENGTH): BodyPart => ({ etag: '"a"', start, end: until, length: LENGTH })
const first = (start = 0, until = LENGTH) => begin(NONE, part(start, until), { isCovered: false, now })

describe('one use of a body', () => {
  test('is taken by the first part, and never by nothing', () => {
    expect(isCovered(NONE, part(0), now)).toBe(false)
    expect(first()).toMatchObject({ uses: 1, granted: LENGTH })
  })

  test('brings the parts that were not sent yet, in any order, and none of them twice', () => {
    const begun = end(first(0, 10), part(0, 10), { sentTo: 10, now })
    expect(isCovered(begun, part(10, 20), now)).toBe(true)
    expect(isCovered(begun, part(50, 60), now)).toBe(true)
    expect(isCovered(begun, part(0, 10), now)).toBe(false)
    expect(isCovered(begun, part(9, 20), now)).toBe(false)
  })

  test('goes on after a transfer that broke, from what its client has or a little before', () => {
    const broken = end(first(), part(0), { sentTo: 60 * MB, now })
    expect(isCovered(broken, part(60 * MB), now)).toBe(true)
    expect(isCovered(broken, part(53 * MB), now)).toBe(true)
    expect(isCovered(broken, part(0), now)).toBe(false)
  })

  test('is over when all of it was sent, and 15 minutes after bytes last moved', () => {
    const whole = end(first(), part(0), { sentTo: LENGTH, now })
    for (const again of [part(0), part(0, 1), part(LENGTH - 1)]) expect(isCovered(whole, again, now)).toBe(false)
    const broken = end(first(), part(0), { sentTo: 60 * MB, now })
    expect(isCovered(broken, part(60 * MB), later(15))).toBe(true)
    expect(isCovered(broken, part(60 * MB), later(15.1))).toBe(false)
  })

  test('is never shared by two who begin at the first byte', () => {
    expect(isCovered(first(), part(0), now)).toBe(false)
    expect(isCovered(first(0, 10), part(0, 20), now)).toBe(true)
  })

  test('brings no more than twice the body, however many ask at once or break off', () => {
    const resumed = begin(first(), part(1), { isCovered: true, now })
    expect([isCovered(first(), part(1), now), isCovered(resumed, part(2), now)]).toEqual([true, false])
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(999), fc.nat(999), fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))),
        (asks) => {
          const small = (a: number, b: number): BodyPart => ({
            etag: 'e',
            start: Math.min(a, b),
            end: Math.max(a, b) + 1,
            length: 1000,
          })
          let state = begin(NONE, small(0, 999), { isCovered: false, now })
          let handed = 1000
          for (const [a, b, ends, share] of asks) {
            const asked = small(a, b)
            if (!isCovered(state, asked, now)) continue
            state = begin(state, asked, { isCovered: true, now })
            const sentTo = ends ? Math.floor(asked.start + share * (asked.end - asked.start)) : asked.end
            handed += sentTo - asked.start
            if (ends) state = end(state, asked, { sentTo, now })
          }
          expect(handed).toBeLessThanOrEqual(2000)
        },
      ),
    )
  })
})

test('what arrived is kept as ranges that rise and never touch, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 }))), (parts) => {
      let state = first()
      const bytes = new Set<number>()
      for (const [start, length] of parts) {
        for (let at = start; at < start + length; at += 1) bytes.add(at)
        state = end(state, { ...part(start, start + length) }, { sentTo: start + length, now })
      }
      expect(state.sent).toEqual([...state.sent].toSorted((a, b) => a - b))
      expect(new Set(state.sent).size).toBe(state.sent.length)
      const inside = (at: number) => state.sent.filter((edge) => edge <= at).length % 2 === 1
      for (let at = 0; at < 80; at += 1) expect(inside(at)).toBe(bytes.has(at))
    }),
  )
})
