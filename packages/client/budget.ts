/** How much a program may spend: by purchase and in all; money is taken before a payment and given back when none was made. */
import { formatSats, type Msat, msat, subtractMsat } from '#lib/money.ts'
import { ClientFault } from './client-fault.ts'

export interface Budget {
  readonly spentMsat: Msat
  /** Sets `amount` aside. Throws `ClientFault` over-cap or over-budget; then nothing is set aside. */
  take(amount: Msat): void
  /** Gives back what was taken for a payment that was certainly not made. */
  giveBack(amount: Msat): void
}

/** `perPurchaseMsat` is the most one invoice may ask; `totalMsat` the most all together, unlimited when left out. */
export function createBudget(limits: { perPurchaseMsat: Msat; totalMsat?: Msat }): Budget {
  let spent = msat(0n)
  return {
    get spentMsat() {
      return spent
    },
    take(amount) {
      const { perPurchaseMsat, totalMsat } = limits
      if (amount > perPurchaseMsat) {
        throw new ClientFault(
          'over-cap',
          `this costs ${formatSats(amount)} sats, more than the ${formatSats(perPurchaseMsat)} sats one purchase may cost`,
        )
      }
      if (totalMsat !== undefined && spent + amount > totalMsat) {
        const left = subtractMsat(totalMsat, spent)
        throw new ClientFault(
          'over-budget',
          `this costs ${formatSats(amount)} sats, and ${formatSats(left)} sats are left`,
        )
      }
      spent = msat(spent + amount)
    },
    giveBack(amount) {
      spent = subtractMsat(spent, amount)
    },
  }
}
