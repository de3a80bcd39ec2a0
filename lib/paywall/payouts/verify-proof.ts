/** The second factor is verified here, in the process that can spend: the dashboard that passed it on is not believed. */
import type { Clock } from '#lib/clock.ts'
import { openSealed, sha256 } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import {
  concludeFactor,
  type Factor,
  findFactor,
  listNewFactors,
  lockNewFactor,
  takeRecoveryCode,
  takeStep,
} from './factor-store.ts'
import type { Problem } from './payout.ts'
import { approvePayout, countWrongCodes, lockRequested, type Payout } from './payout-store.ts'
import { factorContext, payoutContext, plainRecoveryCode, readProof, secretContext, stepOfCode } from './proof.ts'

export interface ProofDeps {
  readonly db: Db
  readonly clock: Clock
  /** Private keys for what the dashboard seals to the payouts. */
  readonly openKeys: readonly { readonly key: Uint8Array }[]
}

const MOST_WRONG = 5
const WRONG_KEPT_MS = 60 * 60 * 1000

/**
 * Approves a payout by its proof, once; else the reason for which it fails. `over`: it is not asked for any more. Holds the
 * payout's row, so that of two processes one takes the code and the other sees that it was taken for this very payout.
 */
export async function verifyProof(deps: ProofDeps, payout: Payout): Promise<'approved' | 'over' | Problem> {
  const { creatorId } = payout
  return await deps.db.inTransaction(async (tx) => {
    const present = await lockRequested(tx, payout)
    if (present !== 'unproven') return present
    const since = new Date(deps.clock.now().getTime() - WRONG_KEPT_MS)
    if ((await countWrongCodes(tx, { creatorId, since })) >= MOST_WRONG) return 'locked'
    const factor = await findFactor(tx, creatorId)
    if (factor === null) return 'no_factor'
    const proof = open(deps, payout.proofSealed, payoutContext(payout))
    const holds =
      proof !== null && (await takeCode(deps, tx, { factor, code: readProof(proof)?.code ?? '', at: payout.askedAt }))
    if (!holds) return 'code'
    await approvePayout(tx, payout, deps.clock.now())
    return 'approved'
  })
}

/** A code of this authenticator that was not taken before, or one of its recovery codes. */
async function takeCode(
  deps: ProofDeps,
  tx: Tx,
  { factor, code, at }: { factor: Factor; code: string; at: Date },
): Promise<boolean> {
  const recovery = plainRecoveryCode(code)
  if (recovery !== null) return await takeRecoveryCode(tx, factor, sha256(new TextEncoder().encode(recovery)))
  const secret = open(deps, factor.secretSealed, secretContext(factor))
  const step = secret === null ? null : stepOfCode(secret, code, at)
  return step !== null && (await takeStep(tx, factor, step))
}

/** Looks at the authenticators that were asked for; answers the creators that have a new one. */
export async function confirmFactors(deps: ProofDeps): Promise<string[]> {
  const confirmed: string[] = []
  for (const factor of await listNewFactors(deps.db.client, 100)) {
    const holds = await deps.db.inTransaction((tx) => confirmFactor(deps, tx, factor))
    if (holds) confirmed.push(factor.creatorId)
  }
  return confirmed
}

/** One of several processes looks: the second one would end what the first has just confirmed. */
async function confirmFactor(deps: ProofDeps, tx: Tx, factor: Factor): Promise<boolean> {
  if (!(await lockNewFactor(tx, factor))) return false
  const secret = open(deps, factor.secretSealed, secretContext(factor))
  const sealed = open(deps, factor.proofSealed, factorContext(factor))
  const proof = sealed === null ? null : readProof(sealed)
  const step = secret === null || proof === null ? null : stepOfCode(secret, proof.code, factor.askedAt)
  const holds = step !== null && (await mayReplace(deps, tx, { factor, code: proof?.previous ?? '' }))
  await concludeFactor(tx, factor, { at: deps.clock.now(), holds, step: step ?? 0n })
  return holds
}

/** Whoever has one already shows it: a dashboard that was broken into cannot put its own in the place of it. */
async function mayReplace(
  deps: ProofDeps,
  tx: Tx,
  { factor, code }: { factor: Factor; code: string },
): Promise<boolean> {
  const present = await findFactor(tx, factor.creatorId)
  return present === null || (await takeCode(deps, tx, { factor: present, code, at: factor.askedAt }))
}

function open({ openKeys }: ProofDeps, sealed: Uint8Array, context: Uint8Array): Uint8Array | null {
  for (const { key } of openKeys) {
    const opened = openSealed(key, sealed, context)
    if (opened !== null) return opened
  }
  return null
}
