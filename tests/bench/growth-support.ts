/** A database of a given size for the measurement of growth: filled by SQL in pieces, kept, and filled on where it was left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Db, openDatabase } from '#lib/db.ts'
import { migrate } from '#scripts/migrate.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { prepareCluster } from '#scripts/start/postgres.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

export interface Size {
  readonly name: string
  readonly creators: number
  /** Of the first creator, who has four fifths of the sales. */
  readonly articles: number
  readonly sales: number
  readonly openChallenges: number
}

export const SIZES: readonly Size[] = [
  { name: 'small', creators: 1_000, articles: 100, sales: 20_000, openChallenges: 2_250 },
  { name: 'middle', creators: 10_000, articles: 1_000, sales: 200_000, openChallenges: 22_500 },
  { name: 'large', creators: 100_000, articles: 10_000, sales: 2_000_000, openChallenges: 225_000 },
]

/** The creator with the articles; the others are `c2`, `c3` … */
export const LARGEST = 'c1'
export const BENCH_HOSTS = '*.localhost:8402'
const PASSWORD = 'password-of-the-bench'

export interface BenchServer {
  /** A database of this size with every row in it. */
  open(size: Size, onStep: (step: string) => void): Promise<BenchDatabase>
  stop(): Promise<void>
}

export interface BenchDatabase {
  readonly owner: Db
  readonly gate: Db
  readonly web: Db
  readonly jobs: Db
  close(): Promise<void>
}

/** Postgres on the kept folder, at a free port. */
export async function startBenchServer(folder: string): Promise<BenchServer> {
  mkdirSync(folder, { recursive: true })
  const [port = 0] = await freePorts(1)
  const order = await prepareCluster({
    ...{ cluster: join(folder, 'cluster'), port, owner: 'postgres', password: PASSWORD },
    ...{ logFile: join(folder, 'postgres.log'), settings: { shared_buffers: '512MB', max_wal_size: '4GB' } },
  })
  const child = spawn(order.program, [...order.arguments], { ...order.spawnAs, stdio: 'ignore' })
  const urlOf = (database: string, user = 'postgres') =>
    `postgresql://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`
  await until(
    'Postgres answers',
    () =>
      query(urlOf('postgres'), 'select 1').then(
        () => true,
        () => false,
      ),
    { withinMs: 60_000 },
  )
  return {
    async open(size, onStep) {
      const name = `growth_${size.name}`
      await query(urlOf('postgres'), `create database ${name}`).catch(() => undefined)
      await migrate({ databaseUrl: urlOf(name), rolePasswords: { gate: PASSWORD, web: PASSWORD, jobs: PASSWORD } })
      await fill(urlOf(name), size, onStep)
      const open = (role: string) => openDatabase({ url: urlOf(name, role), log: silentLog })
      const [owner, gate, web, jobs] = ['postgres', 'satstile_gate', 'satstile_web', 'satstile_jobs'].map(open) as [
        Db,
        Db,
        Db,
        Db,
      ]
      return {
        owner,
        gate,
        web,
        jobs,
        close: async () => void (await Promise.all([owner, gate, web, jobs].map((db) => db.close()))),
      }
    },
    async stop() {
      child.kill('SIGINT')
      await once(child, 'exit')
    },
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Rows of one statement: some seconds of work, and what is lost when the fill is ended. */
const PIECE = 20_000

/** Each piece is one transaction, numbered by what it adds: the number of rows there says where to go on. */
async function fill(url: string, size: Size, onStep: (step: string) => void): Promise<void> {
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
    { name: 'creators', count: creators, there: 'creator', sql: CREATORS },
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

/** Spread over a year; an invoice of usual length, since it is most of the bytes of a sale. */
const SALES = `
  create temp table piece on commit drop as select n, sha256(convert_to('sale' || n, 'utf8')) as hash,
    case when n % 5 = 0 then 'c' || (n / 5 % $creators + 1) else 'c1' end as creator,
    now() - make_interval(secs => 31536000.0 * ($sales - n) / $sales) as at from ${ROWS};
  insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
    received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at, created_at, released_at)
    select hash, creator, 'chl_' || n, hash, case creator when 'c1' then 'res_' || (n % $articles + 1) else 'res_only_' || n end, 'off', 1, 210000,
      210000, 2100, '{c1-a1}', array['services=c1-a1:0', 'c1-a1_capabilities=read'], case when n % 3 = 0 then 'browser' else 'http' end,
      'lnbcrt2100n1' || encode(hash, 'hex') || repeat(encode(hash, 'hex'), 4), 'stream', at, at, at from piece;
  insert into ledger_entry (creator_id, id, kind, business_key) select creator, 'ent_s' || n, 'sale', 'sale:' || encode(hash, 'hex') from piece;
  insert into ledger_entry (creator_id, id, kind, business_key) select creator, 'ent_r' || n, 'release', 'release:' || encode(hash, 'hex') from piece;
  insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat)
    select creator, 'ent_s' || n, 0, 'node', 'settling', 207900 from piece union all
    select creator, 'ent_s' || n, 1, 'node', 'fee', 2100 from piece union all
    select creator, 'ent_r' || n, 0, 'settling', 'available', 207900 from piece`

const CHALLENGES = `
  insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services, caveats, channel,
    invoice, backend_id, list_cursor, expires_at)
  select 'c' || (n % $creators + 1), 'chl_open_' || n, sha256(convert_to('token' || n, 'utf8')), sha256(convert_to('open' || n, 'utf8')),
    'res_only_' || (n % $creators + 1), 'off', 1, 210000, '{s}', '{}', 'http', 'lnbcrt', 'lnd:bench', lpad(n::text, 20, '0'), now() + interval '1 hour' from ${ROWS}`
