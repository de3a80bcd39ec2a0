/** Rows of the measurement of growth: written by SQL in pieces, and written on where an earlier run was ended. */
import pg from 'pg'
import { LARGEST, SHOP, type Size } from './growth-sizes-support.ts'

/** Rows of one transaction: some seconds of work, and what is lost when the fill is ended. */
const PIECE = 50_000

/** Each piece is one transaction, numbered by what it adds: the number of rows there says where to go on. */
export async function fill(url: string, size: Size, onStep: (step: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Plans for every creator alike walk through all rows of the one that has most.
    await client.query('set synchronous_commit = off; set plan_cache_mode = force_custom_plan')
    let pieces = 0
    for (const { name, count, there, sql } of stepsOf(size)) {
      const { rows } = await client.query(`select count(*)::int as n from ${there}`)
      for (let from = Number(rows[0].n) + 1; from <= count; from += PIECE) {
        onStep(`${name} ${from} of ${count}`)
        const to = Math.min(count, from + PIECE - 1)
        await client.query(`begin; ${sql.replaceAll('$from', String(from)).replaceAll('$to', String(to))}; commit`)
        pieces += 1
      }
    }
    if (pieces > 0) await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

interface Step {
  readonly name: string
  readonly count: number
  /** Where its rows are counted. */
  readonly there: string
  readonly sql: string
}

function stepsOf({ creators, articles, sales, openChallenges }: Size): readonly Step[] {
  const sized = (sql: string) =>
    sql
      .replaceAll('$sales', String(sales))
      .replaceAll('$creators', String(creators))
      .replaceAll('$articles', String(articles))
  return [
    { name: 'creators', count: creators, there: `creator where handle <> '${SHOP}'`, sql: CREATORS },
    { name: 'articles', count: articles, there: `resource where creator_id = '${LARGEST}'`, sql: ARTICLES },
    { name: 'sales', count: sales, there: 'settlement', sql: sized(SALES) },
    { name: 'open challenges', count: openChallenges, there: 'challenge', sql: sized(CHALLENGES) },
  ]
}

const ROWS = 'generate_series($from, $to) as n'

const CREATORS = `
  insert into creator (id, short_id, handle, name) select 'c' || n, 'id' || n, 'c' || n, 'Creator ' || n from ${ROWS};
  insert into ring_key (creator_id, key_id, wrapped, wrapping_key_id, state)
    select 'c' || n, int4send(n), decode(repeat('00', 60), 'hex'), 'retired-at-once', 'retired' from ${ROWS};
  insert into service (name, creator_id) select 'c' || n || '-only', 'c' || n from ${ROWS} where n > 1;
  insert into resource (creator_id, id, kind, slug, service, title, lead, published_at)
    select 'c' || n, 'res_only_' || n, 'article', 'only-' || n, 'c' || n || '-only', 'The one article of ' || n, 'A sentence about it.', now() from ${ROWS} where n > 1;
  insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
    select 'c' || n, 'res_only_' || n, 900, 90, sha256('s'), sha256('p'), sha256('b') from ${ROWS} where n > 1;
  insert into offer (creator_id, id, resource_id, kind) select 'c' || n, 'off_only_' || n, 'res_only_' || n, 'single' from ${ROWS} where n > 1;
  insert into price (creator_id, offer_id, version, amount_msat) select 'c' || n, 'off_only_' || n, 1, 210000 from ${ROWS} where n > 1`

const ARTICLES = `
  insert into service (name, creator_id) select 'c1-a' || n, 'c1' from ${ROWS};
  insert into resource (creator_id, id, kind, slug, service, title, lead, published_at, updated_at)
    select 'c1', 'res_' || n, 'article', 'article-' || n, 'c1-a' || n, 'Article ' || n, 'A sentence about it.',
      now() - make_interval(mins => n), now() - make_interval(mins => n) from ${ROWS};
  insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
    select 'c1', 'res_' || n, 900, 90, sha256('s'), sha256('p'), sha256('b') from ${ROWS};
  insert into offer (creator_id, id, resource_id, kind) select 'c1', 'off_' || n, 'res_' || n, 'single' from ${ROWS};
  insert into price (creator_id, offer_id, version, amount_msat) select 'c1', 'off_' || n, v, 209000 + v * 1000 from ${ROWS}, generate_series(1, 5) as v;
  insert into usage (creator_id, resource_id, hour, views, unlocks, reads)
    select 'c1', 'res_' || n, date_trunc('hour', now()), 10, 2, 1 from ${ROWS};
  insert into usage_day (creator_id, resource_id, day, views, unlocks, challenges, reads)
    select 'c1', 'res_' || n, current_date - d, 100, 20, 10, 10 from ${ROWS}, generate_series(1, 60) as d;
  insert into usage_day (creator_id, resource_id, day, views, unlocks, challenges, reads)
    select 'c1', '', current_date - d, count(*) * 100, count(*) * 20, count(*) * 10, count(*) * 10 from ${ROWS}, generate_series(1, 60) as d group by d
    on conflict (creator_id, resource_id, day) do update set views = usage_day.views + excluded.views, unlocks = usage_day.unlocks + excluded.unlocks`

/**
 * Spread over a year; an invoice of usual length, since it is most of the bytes of a sale. Triggers, foreign keys among them,
 * would take nine tenths of the time, so they are off and what they keep is written here for the whole piece.
 */
const SALES = `
  set local session_replication_role = replica;
  create temp table piece on commit drop as
    select n, hash, at, creator, case creator when 'c1' then 'res_' || (n % $articles + 1) else 'res_only_' || other end as resource,
      case when n % 3 = 0 then 'browser' else 'http' end as channel
    from (
      select n, sha256(convert_to('sale' || n, 'utf8')) as hash, now() - make_interval(secs => 31536000.0 * ($sales - n) / $sales) as at,
        n / 5 % ($creators - 1) + 2 as other, case when n % 5 = 0 then 'c' || (n / 5 % ($creators - 1) + 2) else 'c1' end as creator from ${ROWS}
    ) as sold;
  insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
    received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at, created_at, released_at)
    select hash, creator, 'chl_' || n, hash, resource, 'off', 1, 210000,
      210000, 2100, '{c1-a1}', array['services=c1-a1:0', 'c1-a1_capabilities=read'], channel,
      'lnbcrt2100n1' || encode(hash, 'hex') || repeat(encode(hash, 'hex'), 4), 'stream', at, at, at from piece;
  insert into sale_quarter as s (creator_id, quarter, channel, sales, net_msat)
    select creator, date_bin('15 minutes', at, '2000-01-01 00:00:00+00'), channel, count(*), count(*) * 207900 from piece group by 1, 2, 3
    on conflict (creator_id, quarter, channel) do update set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  insert into sale_day as s (creator_id, resource_id, day, price_version, sales, net_msat)
    select creator, resource, (at at time zone 'UTC')::date, 1, count(*), count(*) * 207900 from piece group by 1, 2, 3
    on conflict (creator_id, resource_id, day, price_version) do update set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  insert into sale_month as s (creator_id, month, resource_id, sales, net_msat)
    select creator, date_trunc('month', at at time zone 'UTC')::date, resource, count(*), count(*) * 207900 from piece group by 1, 2, 3
    on conflict (creator_id, month, resource_id) do update set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  insert into ledger_entry (creator_id, id, kind, business_key, created_at)
    select creator, 'ent_' || left(what, 1) || n, what, what || ':' || encode(hash, 'hex'), at from piece, unnest(array['sale', 'release']) as what;
  insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat)
    select creator, 'ent_s' || n, 0, 'node', 'settling', 207900 from piece union all
    select creator, 'ent_s' || n, 1, 'node', 'fee', 2100 from piece union all
    select creator, 'ent_r' || n, 0, 'settling', 'available', 207900 from piece;
  insert into ledger_account as a (creator_id, kind, balance_msat)
    select creator, kind, sum(moved) from piece, (values ('node', -210000), ('settling', 0), ('fee', 2100), ('available', 207900)) as side(kind, moved)
    group by 1, 2
    on conflict (creator_id, kind) do update set balance_msat = a.balance_msat + excluded.balance_msat`

const CHALLENGES = `
  insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services, caveats, channel,
    invoice, backend_id, list_cursor, expires_at)
  select 'c' || (n % $creators + 1), 'chl_open_' || n, sha256(convert_to('token' || n, 'utf8')), sha256(convert_to('open' || n, 'utf8')),
    'res_only_' || (n % $creators + 1), 'off', 1, 210000, '{s}', '{}', 'http', 'lnbcrt', 'lnd:bench', lpad(n::text, 20, '0'), now() + interval '1 hour' from ${ROWS}`
