/** Every query on creators. */
import type { Tx } from '#lib/db.ts'
import { decodeHex, encodeHex } from '#lib/l402/bytes.ts'
import type { Profile } from './profile.ts'

export interface Creator {
  readonly id: string
  /** Begins the name of every service of this creator; never changes. */
  readonly shortId: string
  readonly handle: string
  readonly name: string
  readonly byline: string
  readonly about: string
  /** BCP 47, the language that the creator writes in. */
  readonly language: string
  /** IANA name; the creator's days begin and end by it. */
  readonly timeZone: string
  /** Of their picture, SHA-256 as hex; null: there is none. */
  readonly pictureDigest: string | null
  /** What it shows; may be empty. */
  readonly pictureAlt: string
}

const PUBLIC_FIELDS = {
  ...{ id: true, shortId: true, handle: true, name: true, byline: true, about: true },
  ...{ language: true, timeZone: true, pictureDigest: true, pictureAlt: true },
} as const

type CreatorRow = Omit<Creator, 'pictureDigest'> & { readonly pictureDigest: Uint8Array | null }

function readCreator(row: CreatorRow | null): Creator | null {
  return row && { ...row, pictureDigest: row.pictureDigest && encodeHex(row.pictureDigest) }
}

/** A creator by id. */
export async function findCreator(tx: Tx, creatorId: string): Promise<Creator | null> {
  return readCreator(await tx.creator.findUnique({ where: { id: creatorId }, select: PUBLIC_FIELDS }))
}

/** A creator by handle, for roles that see all creators. */
export async function findCreatorByHandle(tx: Tx, handle: string): Promise<Creator | null> {
  return readCreator(await tx.creator.findUnique({ where: { handle }, select: PUBLIC_FIELDS }))
}

/** Adds a creator. `false`: the handle or the short id is taken, nothing was added. */
export async function insertCreator(tx: Tx, creator: Omit<Creator, 'pictureDigest' | 'pictureAlt'>): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into creator (id, short_id, handle, name, byline, about, language, time_zone)
    values (${creator.id}, ${creator.shortId}, ${creator.handle}, ${creator.name}, ${creator.byline}, ${creator.about},
      ${creator.language}, ${creator.timeZone})
    on conflict do nothing`
  return count === 1
}

/** Writes a creator's profile and raises the change number, so that gateways show it. `false`: no such creator. */
export async function updateProfile(tx: Tx, creatorId: string, profile: Profile): Promise<boolean> {
  const { name, byline, about, language, timeZone, pictureAlt = null } = profile
  const count = await tx.$executeRaw`
    update creator set name = ${name}, byline = ${byline}, about = ${about}, language = ${language},
      time_zone = ${timeZone}, picture_alt = coalesce(${pictureAlt}, picture_alt), change_number = change_number + 1
    where id = ${creatorId}`
  return count === 1
}

/** Names a creator's picture, or none, and raises the change number. `false`: no such creator. */
export async function updatePicture(tx: Tx, creatorId: string, digest: string | null): Promise<boolean> {
  const count = await tx.$executeRaw`
    update creator set picture_digest = ${digest === null ? null : decodeHex(digest)}, change_number = change_number + 1
    where id = ${creatorId}`
  return count === 1
}

/** Whether anybody has this handle; the one question about other creators that the web role may ask. */
export async function isHandleTaken(tx: Tx, handle: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ taken: boolean }[]>`select handle_is_taken(${handle}) as taken`
  return row?.taken ?? true
}

/**
 * Holds the creator's row until the transaction ends, as every change of catalog, keys and revocations does: what is chosen
 * as free (a slug, a service name, the next version of a price) is still free when it is written. `false`: the role does
 * not see this creator.
 */
export async function lockCreator(tx: Tx, creatorId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from creator where id = ${creatorId} for no key update`
  return rows.length === 1
}

/**
 * Raises the change number in the transaction of every change of catalog, keys or revocations, and answers the new one.
 * The lock on the row keeps commits in number order, so a poller that saw n has seen everything up to n.
 * Answers 0 when the role may not see this creator.
 */
export async function raiseChangeNumber(tx: Tx, creatorId: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ changeNumber: bigint }[]>`
    update creator set change_number = change_number + 1 where id = ${creatorId}
    returning change_number as "changeNumber"`
  return row?.changeNumber ?? 0n
}
