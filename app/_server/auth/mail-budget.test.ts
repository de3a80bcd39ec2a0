/** Guarantees of the mail budget: five links in fifteen minutes for one address, whatever others ask for. */
import { expect, it } from 'vitest'
import { claimMail } from './mail-budget.ts'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 12, minutes))

it('sends five links to one address, then none until the first is fifteen minutes old', () => {
  for (let n = 0; n < 5; n += 1) expect(claimMail('a@example.test', at(n))).toBe(true)
  expect(claimMail('a@example.test', at(5))).toBe(false)
  expect(claimMail('a@example.test', at(14))).toBe(false)
  expect(claimMail('a@example.test', at(15))).toBe(true)
})

it('does not let one address use up what another may be sent', () => {
  for (let n = 0; n < 20; n += 1) claimMail('b@example.test', at(30))
  expect(claimMail('c@example.test', at(30))).toBe(true)
})
