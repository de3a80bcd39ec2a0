/** Every query on rates: one row per currency and moment, appended by the workers, read by everybody, kept for hours. */
import type { Tx } from '#lib/db.ts'
import { Prisma } from '#prisma'
import { minorDigits, type Rate } from './rate.ts'

/** Appends what was agreed; the same moment twice is written once. */
export async function insertRates(tx: Tx, rates: readonly (Rate & { readonly sources: number })[]): Promise<void> {
  const rows = rates.map(({ currency, microPerBtc, takenAt, sources }) => ({
    ...{ currency, micro_per_btc: microPerBtc.toString(), minor_digits: minorDigits(currency) },
    ...{ taken_at: takenAt.toISOString(), sources },
  }))
  await tx.$executeRaw`
    insert into fiat_rate (currency, taken_at, micro_per_btc, minor_digits, sources)
    select currency, taken_at, micro_per_btc, minor_digits, sources
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row(currency text, taken_at timestamptz, micro_per_btc bigint, minor_digits int, sources int)
    on conflict do nothing`
}

/** The youngest rate of each currency that is not older than `after`. */
export async function listRates(tx: Tx, after: Date): Promise<Rate[]> {
  return tx.$queryRaw<Rate[]>`
    select distinct on (currency) currency, micro_per_btc as "microPerBtc", taken_at as "takenAt"
    from fiat_rate where taken_at > ${after} order by currency, taken_at desc`
}

/** The last one of the hour before; `null`: there is none. For what is only said, never for what is asked. */
export async function findRate(tx: Tx, currency: string): Promise<Rate | null> {
  const rows = await tx.$queryRaw<Rate[]>`
    select currency, micro_per_btc as "microPerBtc", taken_at as "takenAt" from fiat_rate
    where currency = ${currency} and taken_at > now() - interval '1 hour' order by taken_at desc limit 1`
  return rows[0] ?? null
}

/** At most `limit` rows older than `before`; answers how many. */
export async function deleteRates(tx: Tx, { before, limit }: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from fiat_rate where (currency, taken_at) in (
      select currency, taken_at from fiat_rate where taken_at < ${before} limit ${limit})`
}

/**
 * A subquery for one row of a join with `creator`: what `msat` was worth at `at`, to the nearest smallest unit, by the last
 * rate of the hour before. No row: there is none, and nobody guesses.
 */
export function worthOf(msat: Prisma.Sql, at: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select currency, round(${msat}::numeric * micro_per_btc * 10::numeric ^ minor_digits / 1e17)::bigint as minor
    from fiat_rate where fiat_rate.currency = creator.currency and taken_at <= ${at} + interval '1 minute'
      and taken_at > ${at} - interval '1 hour' order by taken_at desc limit 1`
}
