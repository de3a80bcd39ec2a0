/** After a database was restored from an earlier copy: sales that only the node knows are told one by one, and adopted with --apply. */
import { parseArgs } from 'node:util'
import { sha256 } from '#lib/crypto.ts'
import { formatSats, msat } from '#lib/money.ts'
import { adoptStrays, type LeftWhy, type Stray } from '#lib/paywall/settlements/adopt-strays.ts'
import { type CopyEnd, readCopyEnd } from '#lib/paywall/settlements/stray-store.ts'
import { type Books, openBooks } from './operator/open-books.ts'
import { runCommand } from './operator/run-command.ts'

const HELP = `Usage: node scripts/adopt-strays.ts [--apply] [--env-file FILE]

Run it after a database was restored from an earlier copy, before the gateways and workers start again: it looks for
settled invoices with our mark in the lists of the nodes, and says of each that these books do not know what it is.

  --apply           adopt them: each is written as a sale again and credited, exactly once, however often this is run
  --env-file FILE   read variables from FILE first; what the environment already has wins
  --help            this text

Without --apply nothing is changed. It needs DATABASE_URL (the owner) and the variables of the workers: DATABASE_URL_JOBS,
LND_SOCKET, LND_TLS_CERT, LND_NETWORK, LND_READ_MACAROON, and PLATFORM_FEE_PPM, which is 0 when it is left out. In development
those of DATA_DIR are found.

Who sold it stands in the invoice's memo (the service's name), or in a token that was shown since; money of which neither
is known here is named and left. Afterwards the buyer's claim works again, and restoring by invoice and payment proof.
Another deployment on the same node has the same mark, and its services are not known here, so its money is left. For the
same reason never run it on a second copy that is kept for trials: it would credit there what the shop sells.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { apply: { type: 'boolean' }, 'env-file': { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) return console.log(HELP)
  const books = openBooks(values['env-file'])
  try {
    await adopt(books, values.apply === true)
  } finally {
    await books.close()
  }
}

async function adopt({ workers, owner }: Books, isApplied: boolean): Promise<void> {
  const end = await readCopyEnd(owner.client)
  console.log(describeCopy(end))
  const total = { adopted: 0, awaited: 0, left: 0, msat: 0n }
  const progress = tellProgress()
  const onStray = (stray: Stray) => {
    total[stray.kind] += 1
    if (stray.kind !== 'left') total.msat += stray.receivedMsat
    progress.pause()
    console.log(describe(stray, isApplied))
  }
  const deps = { owner, settle: workers, backends: workers.backends, sha256 }
  await adoptStrays(deps, { isApplied, onStray, onListed: progress.add })
  progress.pause()
  console.log(summarise(total, isApplied))
  if (total.adopted + total.awaited + total.left > 0) console.log(LOST)
}

function describeCopy({ challengeAt, keyAt, withdrawnAt }: CopyEnd): string {
  const told = (at: Date | null) => at?.toISOString() ?? 'none'
  return `These books go up to: challenge ${told(challengeAt)}, key ${told(keyAt)}, withdrawal ${told(withdrawnAt)}.`
}

function describe(stray: Stray, isApplied: boolean): string {
  const paid = `${formatSats(msat(stray.receivedMsat))} sats, paid ${stray.settledAt?.toISOString() ?? 'at an unknown time'}`
  const memo = stray.memo === '' ? '' : `, "${plain(stray.memo)}"`
  const word = {
    adopted: isApplied ? 'adopted' : 'to adopt',
    awaited: isApplied ? 'credited' : 'to credit',
    left: 'left',
  }
  return [`${word[stray.kind].padEnd(10)}${stray.paymentHash}  ${paid}${memo}`, ...explain(stray)].join(`\n${INDENT}`)
}

const INDENT = ' '.repeat(10)

function explain(stray: Stray): string[] {
  if (stray.kind === 'awaited') return ['known: its challenge is here; the workers would have credited it as well']
  if (stray.kind === 'left') return [WHY_LEFT[stray.why]]
  const { seller, row, isTokenShown, isPriceKnown } = stray
  const known = [
    `creator ${seller.handle}, by ${isTokenShown ? 'the token that was shown' : 'the memo'}`,
    `service ${row.services.join(', ')}`,
    ...(seller.resourceId === null ? [] : [`resource ${seller.resourceId}`]),
    ...(isPriceKnown ? [`version ${row.priceVersion} of its price`] : []),
  ]
  const unknown = [
    ...(seller.resourceId === null ? ['which resource, it is newer than the copy; published again it opens'] : []),
    ...(isPriceKnown ? [] : ['at which price and for how long it was sold: the right is that of the price before']),
    'whether a person or a program paid (counted as a person)',
    'what the token carried along of other purchases',
  ]
  return [`known: ${known.join('; ')}`, `cannot be known: ${unknown.join('; ')}`]
}

const WHY_LEFT: Readonly<Record<LeftWhy, string>> = {
  unknown:
    'nobody here has the service in its memo, and no token of it was shown: another deployment, or a creator newer than the copy',
  contradicted: 'the token that was shown is of another creator than the memo says: look into it by hand',
  elsewhere: 'its challenge names another node than the one that says it was paid',
  unreadable: 'the node tells no invoice for it that can be read',
  'no-key': 'its creator has no key in this copy: open one of their articles as a program once, then run this again',
  'no-invoice':
    'noted as stray before, and no connected node has the invoice: connect the node that was paid, then run this again',
}

/** A memo is what some deployment wrote, so nothing in it may move the cursor of a terminal. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}

function summarise(
  total: { adopted: number; awaited: number; left: number; msat: bigint },
  isApplied: boolean,
): string {
  const { adopted, awaited, left } = total
  if (adopted + awaited + left === 0) return 'The books and the nodes agree: there is nothing to adopt.'
  const sats = formatSats(msat(total.msat))
  return isApplied
    ? `Credited ${adopted + awaited} payments, ${sats} sats in all; left ${left}.`
    : `${adopted + awaited} payments, ${sats} sats in all, would be credited; ${left} left. Run it again with --apply.`
}

const LOST = `What the copy does not have stays lost, whatever is adopted:
  - keys made after it: tokens that they signed open nothing; their buyers claim or restore and get new ones
  - withdrawals after it: those tokens open again until they are withdrawn once more
  - counted uses after it: counters go on from where the copy has them
  - receipts handed out after it in place of a payment proof: their buyers claim once more and get the same ones
  - services carried along: the tokens go on, but claimed or restored anew they open only what was bought
  - claims of invoices that were made before ids showed whose they are: their buyers restore by invoice and payment proof
  - creators, articles, addresses and prices made after it`

/** How far the lists were read, on one line of a terminal; nothing in a pipe. */
function tellProgress(): { add: (count: number) => void; pause: () => void } {
  const isTerminal = process.stdout.isTTY === true
  let listed = 0
  return {
    add(count) {
      listed += count
      if (isTerminal) process.stdout.write(`\r${listed.toLocaleString('en-US')} invoices read`)
    },
    pause() {
      if (isTerminal) process.stdout.write('\r\x1b[K')
    },
  }
}

if (import.meta.main) runCommand('adopt-strays', main)
