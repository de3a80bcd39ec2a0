/** By an operator's word, the invoices of a node that is gone become final; nothing else ever ends them. */
import { parseArgs } from 'node:util'
import { endChallenges, type GoneCandidate, listWaiting } from '#lib/paywall/challenges/end-challenges.ts'
import { type Books, openBooks } from './operator/open-books.ts'
import { runCommand } from './operator/run-command.ts'
import { Stop } from './start/stop.ts'

const HELP = `Usage: node scripts/end-invoices.ts [--backend ID [--apply]] [--env-file FILE]

Lists the nodes and wallets whose invoices are neither paid nor ended. When one of them is gone for ever, its invoices stay
open, because only the backend that made an invoice may say what became of it. This command says it in its place.

  --backend ID      the one that is gone, as it is listed
  --apply           end its unsettled invoices; without it nothing is changed
  --env-file FILE   read variables from FILE first; what the environment already has wins
  --help            this text

A backend that answers is refused, and what is settled stays settled. Should the node come back with a payment after all,
it is credited and reported; after PRUNE_AFTER_SECONDS it is a stray, which adopt-strays credits. It needs DATABASE_URL and
the variables of the workers: DATABASE_URL_JOBS, LND_SOCKET, LND_TLS_CERT, LND_NETWORK, LND_READ_MACAROON.
In development those of DATA_DIR are found.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string' },
      apply: { type: 'boolean' },
      'env-file': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const books = openBooks(values['env-file'])
  try {
    const waiting = await listWaiting(books.workers)
    if (values.backend === undefined) return console.log(list(waiting))
    await end(books, { backendId: values.backend, waiting, isApplied: values.apply === true })
  } finally {
    await books.close()
  }
}

function list(waiting: readonly GoneCandidate[]): string {
  if (waiting.length === 0) return 'No invoice waits for an answer.'
  return waiting
    .map(({ backendId, count, payable, newestAt, connection }) =>
      [
        backendId,
        `  unsettled invoices: ${count}; of them still payable: ${payable}; the newest of ${newestAt.toISOString()}`,
        `  ${CONNECTIONS[connection]}`,
      ].join('\n'),
    )
    .join('\n')
}

const CONNECTIONS: Readonly<Record<GoneCandidate['connection'], string>> = {
  connected: 'connected: it says itself what becomes of them',
  none: 'none of the connected nodes: when it is gone for ever, end them with --backend and this id',
  unknown:
    'a connected node does not answer and may be this one; when it is gone for ever, end them with --backend and this id',
}

async function end(
  { workers }: Books,
  asked: { backendId: string; waiting: readonly GoneCandidate[]; isApplied: boolean },
): Promise<void> {
  const { backendId, isApplied } = asked
  const found = asked.waiting.find((at) => at.backendId === backendId)
  if (found === undefined)
    return console.log(`No invoice of ${backendId} waits for an answer; there is nothing to end.`)
  if (found.connection === 'connected') throw new Stop(refusal(backendId))
  if (!isApplied) {
    return console.log(`${list([found])}\nAll of them would be ended. Run it again with --apply.`)
  }
  const onEnded = (count: number) => console.log(`${count} of ${found.count}`)
  const answer = await endChallenges(workers, { backendId, onEnded })
  if (answer.kind === 'connected') throw new Stop(refusal(backendId))
  console.log(
    `Ended invoices of ${backendId}: ${answer.count}. A payment that it still reports will be credited and told.`,
  )
}

function refusal(backendId: string): string {
  return `${backendId} answers, so it says itself what becomes of its invoices. Nothing was ended.`
}

if (import.meta.main) runCommand('end-invoices', main)
