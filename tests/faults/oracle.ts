/** Compares what the node says it received with what the books say was credited; reads both from outside. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { authenticatedLndGrpc } from 'lightning'
import { Client } from 'pg'
import type { Purchase } from './payer.ts'

interface NodeInvoice {
  readonly hash: string
  readonly receivedMsat: bigint
}

interface Books {
  readonly credits: ReadonlyMap<string, { receivedMsat: bigint; creatorId: string }>
  readonly unbalanced: readonly string[]
  readonly postedMsat: bigint
}

/** Every disagreement between node, books and transcript, as sentences; empty when all agree. */
export async function compare(options: {
  dataDir: string
  lndSocket: string
  databaseUrl: string
  purchases: readonly Purchase[]
}): Promise<string[]> {
  const settled = await settledInvoices(options.dataDir, options.lndSocket)
  const books = await readBooks(options.databaseUrl)
  const known = new Set(settled.map((invoice) => invoice.hash))
  const receivedMsat = settled.reduce((sum, invoice) => sum + invoice.receivedMsat, 0n)
  return [
    ...settled.flatMap((invoice) => describeCredit(invoice, books)),
    ...[...books.credits.keys()].filter((hash) => !known.has(hash)).map((hash) => `credited but not settled: ${hash}`),
    ...options.purchases
      .filter((purchase) => !books.credits.has(purchase.paymentHash))
      .map((purchase) => `paid by a program but not credited: ${purchase.paymentHash}`),
    ...books.unbalanced,
    ...(books.postedMsat === receivedMsat
      ? []
      : [`posted ${books.postedMsat} msat, the node received ${receivedMsat}`]),
  ]
}

function describeCredit(invoice: NodeInvoice, books: Books): string[] {
  const credit = books.credits.get(invoice.hash)
  if (credit === undefined) return [`settled but not credited: ${invoice.hash}`]
  if (credit.receivedMsat !== invoice.receivedMsat) return [`credited another amount than received: ${invoice.hash}`]
  return []
}

const PAGE = 1000

async function settledInvoices(dataDir: string, socket: string): Promise<NodeInvoice[]> {
  const [cert, macaroon] = await Promise.all([
    readFile(path.join(dataDir, 'devnode/tls.cert'), 'base64'),
    readFile(path.join(dataDir, 'devnode/read.macaroon'), 'base64'),
  ])
  const { lnd } = authenticatedLndGrpc({ cert, macaroon, socket })
  const settled: NodeInvoice[] = []
  let offset = '0'
  for (;;) {
    const page = await listPage(lnd.default, offset)
    settled.push(...page.invoices.filter((row) => row.state === 'SETTLED').map(toNodeInvoice))
    if (page.invoices.length === 0) return settled
    offset = page.last_index_offset
  }
}

interface InvoicePage {
  readonly invoices: readonly { r_hash: Buffer; state: string; amt_paid_msat: string }[]
  readonly last_index_offset: string
}

function listPage(client: { listInvoices?: unknown }, offset: string): Promise<InvoicePage> {
  const list = client.listInvoices as (
    request: object,
    options: { deadline: number },
    answer: (error: Error | null, page: InvoicePage) => void,
  ) => void
  return new Promise((resolve, reject) =>
    list.call(
      client,
      { index_offset: offset, num_max_invoices: PAGE },
      { deadline: Date.now() + 20_000 },
      (error, page) => (error ? reject(error) : resolve(page)),
    ),
  )
}

function toNodeInvoice(row: InvoicePage['invoices'][number]): NodeInvoice {
  return { hash: row.r_hash.toString('hex'), receivedMsat: BigInt(row.amt_paid_msat) }
}

async function readBooks(databaseUrl: string): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const credits = await client.query(
      `select encode(payment_hash, 'hex') as hash, creator_id, received_msat::text as received from settlement`,
    )
    const unbalanced = await client.query(`
      with moved as (
        select creator_id, to_account as kind, amount_msat as msat from posting
        union all select creator_id, from_account, -amount_msat from posting)
      select a.creator_id, a.kind, a.balance_msat::text as balance, coalesce(sum(m.msat), 0)::text as posted
      from ledger_account a left join moved m on m.creator_id = a.creator_id and m.kind = a.kind
      group by a.creator_id, a.kind, a.balance_msat having a.balance_msat <> coalesce(sum(m.msat), 0)`)
    const posted = await client.query(
      `select coalesce(sum(amount_msat), 0)::text as total from posting where from_account = 'node'`,
    )
    return {
      credits: new Map(
        credits.rows.map((row) => [row.hash, { receivedMsat: BigInt(row.received), creatorId: row.creator_id }]),
      ),
      unbalanced: unbalanced.rows.map(
        (row) => `balance of ${row.kind} is ${row.balance}, its postings say ${row.posted}`,
      ),
      postedMsat: BigInt(posted.rows[0].total),
    }
  } finally {
    await client.end()
  }
}
