/** Creators with money, people with authenticators, and payouts asked for as the dashboard asks: what tests of payouts stand on. */
import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { newId } from '#lib/ids.ts'
import { satsToMsat } from '#lib/money.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { requestFactor } from '#lib/paywall/payouts/request-factor.ts'
import { requestPayout } from '#lib/paywall/payouts/request-payout.ts'
import { confirmFactors } from '#lib/paywall/payouts/verify-proof.ts'
import type { TestDatabase } from './database.ts'
import type { TestNode } from './dev-node.ts'

export const OPEN_KEY = Buffer.alloc(32, 11)
export const SEAL_KEY = sealKeyOf(OPEN_KEY)
const PERIOD_MS = 30_000

export interface Person {
  readonly creatorId: string
  readonly userId: string
  readonly secret: Uint8Array
  readonly recoveryCodes: readonly string[]
}

/** The code that `person` sees `steps` half minutes from now. */
export function codeOf({ secret }: Pick<Person, 'secret'>, steps = 0): string {
  const own = new Uint8Array(secret)
  return new TOTP({ secret: new Secret({ buffer: own.buffer }) }).generate({
    timestamp: Date.now() + steps * PERIOD_MS,
  })
}

/** A creator with so much available, booked as sales are. */
export async function createRichCreator(
  database: TestDatabase,
  sats: number,
): Promise<{ creatorId: string; userId: string }> {
  const [creatorId, shortId] = [newId('cre'), randomBytes(4).toString('hex')]
  const userId = newId('usr')
  const { client } = database.owner
  await client.$executeRaw`insert into creator (id, short_id, handle, name) values (${creatorId}, ${shortId}, ${`h${shortId}`}, 'Harbor')`
  await client.$executeRaw`insert into "user" (id, email) values (${userId}, ${`${shortId}@example.test`})`
  await client.$executeRaw`insert into member (creator_id, user_id, role) values (${creatorId}, ${userId}, 'owner')`
  const postings = [{ from: 'node', to: 'available', amountMsat: satsToMsat(sats) }] as const
  const entry = { creatorId, kind: 'sale' as const, businessKey: `sale:${randomBytes(32).toString('hex')}`, postings }
  await database.jobs.inTransaction((tx) => appendEntries(tx, [entry]))
  return { creatorId, userId }
}

/** As `createRichCreator`, with an authenticator that the payouts have taken. */
export async function createPerson(database: TestDatabase, sats: number): Promise<Person> {
  const made = await createRichCreator(database, sats)
  const secret = randomBytes(20)
  // Of the half minute before, so that the present code is still to be used.
  const proof = { code: codeOf({ secret }, -1) }
  const { recoveryCodes } = await requestFactor({ db: database.web, sealKey: SEAL_KEY }, { ...made, secret, proof })
  await confirmFactors({ db: database.payouts, clock: systemClock, openKeys: [{ key: OPEN_KEY }] })
  return { ...made, secret, recoveryCodes }
}

/** An invoice of the demo wallet. */
export async function walletInvoice(node: TestNode, sats: number, descriptionHash?: string): Promise<string> {
  const terms = { amount_msat: String(sats * 1000), description_hash: descriptionHash }
  const answer = await node.post('/invoice', terms)
  return ((await answer.json()) as { invoice: string }).invoice
}

/** Asks as the dashboard does; throws what it refuses. */
export async function ask(
  database: TestDatabase,
  person: Person,
  to: string | { readonly destination: string; readonly sats: string },
  code = codeOf(person),
): Promise<string> {
  const deps = { db: database.web, clock: systemClock, network: 'regtest', feePpm: 5_000, sealKey: SEAL_KEY }
  const answer = await requestPayout(deps, {
    ...person,
    ...(typeof to === 'string' ? { destination: to, sats: '' } : to),
    code,
  })
  if (answer.kind === 'invalid') throw new RangeError(JSON.stringify(answer.fields))
  return answer.id
}

export async function payoutRow(database: TestDatabase, id: string) {
  return await database.owner.client.payout.findFirstOrThrow({ where: { id } })
}
