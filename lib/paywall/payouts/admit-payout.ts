/** A payout that was asked for is judged once its proof holds: may money go there at all, and may it go there yet. */

import { sha256 } from '#lib/crypto.ts'
import { recoverPayee } from '#lib/l402/bolt11-payee.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { LightningPayer } from '#lib/lightning/payer.ts'
import { readDestination } from './destination.ts'
import { noteDestination } from './destination-store.ts'
import { type EndDeps, failUnsent } from './end-payout.ts'
import type { Problem } from './payout.ts'
import { type Payout, setWaiting } from './payout-store.ts'
import { type ProofDeps, verifyProof } from './verify-proof.ts'

export interface AdmitDeps extends EndDeps, ProofDeps {
  readonly payer: Pick<LightningPayer, 'getId'>
  readonly network: string
  /** How long a new destination waits. */
  readonly cooldownSeconds: number
}

/** `true`: its money may be set aside now. A refusal ends it; what must wait stays as it is and is asked again. */
export async function admitPayout(deps: AdmitDeps, payout: Payout): Promise<boolean> {
  if (payout.approvedAt === null) {
    const proven = await verifyProof(deps, payout)
    if (proven === 'over') return false
    if (proven !== 'approved') return await refuse(deps, payout, proven)
  }
  const named = nameDestination(deps, payout)
  if ('problem' in named) return await refuse(deps, payout, named.problem)
  if (named.nodeId !== null && named.nodeId === (await deps.payer.getId()))
    return await refuse(deps, payout, 'own_node')
  const now = deps.clock.now()
  const usableAt = new Date(now.getTime() + deps.cooldownSeconds * 1000)
  const known = await deps.db.inTransaction((tx) =>
    noteDestination(tx, { creatorId: payout.creatorId, name: named.name, usableAt }),
  )
  if (known === null || (known.usableAt <= now && known.announcedAt !== null)) return known !== null
  // An invoice that runs out before money may go there is of no use then.
  if (named.endsAt !== null && named.endsAt <= known.usableAt) return await refuse(deps, payout, 'new_destination')
  await setWaiting(deps.db.client, payout, known.usableAt)
  return false
}

async function refuse(deps: AdmitDeps, payout: Payout, problem: Problem): Promise<false> {
  await failUnsent(deps, payout, problem)
  return false
}

interface Named {
  /** Under which it is known from then on. */
  readonly name: string
  /** `null`: known when the address has given its invoice. */
  readonly nodeId: string | null
  readonly endsAt: Date | null
}

function nameDestination(deps: AdmitDeps, payout: Payout): Named | { readonly problem: Problem } {
  const read = readDestination(payout.destination, { now: deps.clock.now(), network: deps.network })
  if (read.kind === 'refused') return { problem: 'destination' }
  if (read.kind === 'address') return { name: `address ${read.text}`, nodeId: null, endsAt: null }
  if (read.amountMsat !== payout.amountMsat) return { problem: 'amount' }
  const payee = recoverPayee(sha256, read.invoice)
  if (payee === null) return { problem: 'destination' }
  const key = encodeHex(payee)
  return { name: `node ${key}`, nodeId: `lnd:${key}`, endsAt: read.invoice.expiresAt }
}
