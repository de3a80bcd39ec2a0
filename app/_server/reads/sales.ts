/** The page of sales: what its address asks for, and the rows that answers. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { decodeHex } from '#lib/l402/bytes.ts'
import { CHALLENGE_ID } from '#lib/paywall/challenges/challenge-id.ts'
import { listFilteredSales, type SaleFilter, type Wanted } from '#lib/paywall/settlements/sale-list-store.ts'
import type { Sale, SaleCursor } from '#lib/paywall/settlements/sale-store.ts'
import { shiftDay, startOfDay } from './local-day.ts'

/** As it stands in the address; what is not understood is left out. */
export interface SalesQuery {
  /** What `readPasted` made of something pasted. */
  readonly find: string
  readonly state: SaleFilter['state']
  /** Days as `2026-11-28`, both included; empty: no bound. */
  readonly from: string
  readonly to: string
  readonly resource: string
  readonly isOverpaid: boolean
  readonly before: SaleCursor | null
}

type Params = Record<string, string | string[] | undefined>

const FIND = new RegExp(`^(?:[0-9a-f]{8}|[0-9a-f]{64}|${CHALLENGE_ID})$`)
const CURSOR = new RegExp(`^(\\d{1,15})\\.(${CHALLENGE_ID})$`)

export function parseSalesQuery(params: Params): SalesQuery {
  const state = params.state
  return {
    find: matching(params.find, FIND),
    state: state === 'paid' || state === 'revoked' ? state : 'any',
    from: day(params.from),
    to: day(params.to),
    resource: matching(params.resource, /^res_[0-9a-z]{1,26}$/),
    isOverpaid: params.over === '1',
    before: cursor(matching(params.before, CURSOR)),
  }
}

/** The address of the same sales, `before` a place or from the newest. */
export function salesAddress(path: string, query: SalesQuery, before: SaleCursor | null): string {
  const parts = {
    find: query.find,
    state: query.state === 'any' ? '' : query.state,
    from: query.from,
    to: query.to,
    resource: query.resource,
    over: query.isOverpaid ? '1' : '',
    before: before === null ? '' : `${before.settledAt.getTime()}.${before.challengeId}`,
  }
  const said = new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ''))
  return said.size === 0 ? path : `${path}?${said}`
}

const PAGE_SALES = 50

export interface SalesPage {
  readonly sales: readonly Sale[]
  /** `null`: this is the last page. */
  readonly next: SaleCursor | null
  readonly timeZone: string
  readonly readAtMs: number
  /** The one that the filter names; `null`: none, or it is not this creator's. */
  readonly resourceTitle: string | null
}

export async function readSales({ creatorId, timeZone }: Membership, query: SalesQuery): Promise<SalesPage> {
  const { db, clock } = webDeps()
  const filter: SaleFilter = {
    resourceId: query.resource || null,
    state: query.state,
    from: query.from === '' ? null : startOfDay(query.from, timeZone),
    to: query.to === '' ? null : startOfDay(shiftDay(query.to, 1), timeZone),
    isOverpaid: query.isOverpaid,
    wanted: wantedOf(query.find),
  }
  const readAtMs = clock.now().getTime()
  const page = { creatorId, before: query.before, limit: PAGE_SALES + 1, filter }
  const { found, resource } = await db.asCreator(creatorId, async (tx) => ({
    found: await listFilteredSales(tx, page),
    resource:
      query.resource === ''
        ? null
        : await tx.resource.findFirst({ where: { creatorId, id: query.resource }, select: { title: true } }),
  }))
  const sales = found.slice(0, PAGE_SALES)
  const next = found.length > PAGE_SALES ? (sales.at(-1) ?? null) : null
  return { sales, next, timeZone, readAtMs, resourceTitle: resource?.title ?? null }
}

function wantedOf(find: string): Wanted | null {
  if (find === '') return null
  const bytes = decodeHex(find)
  if (bytes === null) return { kind: 'challenge', id: find }
  return { kind: bytes.length === 32 ? 'hash' : 'start', bytes }
}

function matching(value: Params[string], form: RegExp): string {
  return typeof value === 'string' && form.test(value) ? value : ''
}

/** A day that the calendar has. */
function day(value: Params[string]): string {
  const text = matching(value, /^20\d\d-\d\d-\d\d$/)
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : ''
}

function cursor(text: string): SaleCursor | null {
  const parts = CURSOR.exec(text)
  const settledAt = new Date(Number(parts?.[1]))
  if (parts === null || Number.isNaN(settledAt.getTime()) || settledAt.getUTCFullYear() > 9999) return null
  return { settledAt, challengeId: parts[2] as string }
}
