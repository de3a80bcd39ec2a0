/** What the commands do; each answers the exit code and writes through the given outlets only. */
import { formatSats, msat, satsToMsat } from '#lib/money.ts'
import {
  ClientFault,
  createBudget,
  createDemoWalletPayer,
  createFileStore,
  createPaidFetch,
  payByDemoWallet,
} from '../client/index.ts'
import { localFetch } from './local-fetch.ts'

export interface Terminal {
  /** What was asked for. */
  out(bytes: string | Uint8Array): void
  /** What happened, for people. */
  say(line: string): void
}

/** Pays an invoice by the demo wallet and prints its answer as one line of JSON. */
export async function payCommand(
  terminal: Terminal,
  { invoice, walletUrl }: { invoice: string; walletUrl: string },
): Promise<number> {
  const answer = await payByDemoWallet({ walletUrl, fetch: localFetch }, invoice)
  terminal.out(`${JSON.stringify(answer)}\n`)
  return 0
}

export interface BuyInput {
  readonly url: URL
  readonly walletUrl: string
  /** The most this may cost. */
  readonly maxSats: number
  /** File that keeps tokens between calls; `null`: none is kept. */
  readonly storeFile: string | null
  readonly accept: string | null
  /** Prints the credential that was bought, for use elsewhere. */
  readonly showCredential: boolean
}

/** Fetches, pays if asked to, prints the body. 0: the server answered 2xx; 1: it did not. */
export async function buyCommand(terminal: Terminal, input: BuyInput): Promise<number> {
  const paidFetch = createPaidFetch({
    fetch: localFetch,
    pay: createDemoWalletPayer({ walletUrl: input.walletUrl, fetch: localFetch }),
    budget: createBudget({ perPurchaseMsat: satsToMsat(input.maxSats) }),
    ...(input.storeFile === null ? {} : { store: createFileStore(input.storeFile) }),
    onPaid: ({ offer, credential }) => {
      terminal.say(`Paid ${formatSats(msat(offer.amountMsat))} sats.`)
      if (input.showCredential) terminal.say(`Authorization: L402 ${credential}`)
    },
  })
  const response = await paidFetch(input.url, input.accept === null ? {} : { headers: { Accept: input.accept } })
  terminal.out(new Uint8Array(await response.arrayBuffer()))
  if (response.ok) return 0
  const reason = response.headers.get('l402-reason')
  terminal.say(`${input.url.href} answered ${response.status}${reason === null ? '' : ` (${reason})`}.`)
  return 1
}

/** The sentence for anything that ended a command. */
export function describeFailure(cause: unknown): string {
  if (cause instanceof ClientFault) return /[.?!]$/.test(cause.message) ? cause.message : `${cause.message}.`
  const inner = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : ''
  return cause instanceof Error ? `${cause.message}${inner}` : String(cause)
}
