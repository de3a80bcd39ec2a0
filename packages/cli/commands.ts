/** What the commands do; each answers the exit code and writes through the given outlets only. */
import { formatSats, msat, satsToMsat } from '#lib/money.ts'
import {
  ClientFault,
  createBudget,
  createDemoWalletPayer,
  createFileStore,
  createPaidFetch,
  type PaidRequest,
  type Purchase,
  payByDemoWallet,
} from '#packages/client/index.ts'
import { asSentence, describeFailure } from './describe-failure.ts'
import { createLocalFetch } from './local-fetch.ts'

export interface Terminal {
  /** What was asked for. `false`: nobody takes it any more, or there is no room for it. */
  out(bytes: string | Uint8Array): Promise<boolean>
  /** What happened, for people. */
  say(line: string): void
}

/** Longer than for a server: a wallet that is given up may have paid, and the next try would pay a second invoice. */
const WALLET_TIMEOUT_MS = 60_000

export interface WalletInput {
  readonly walletUrl: string
  /** The longest wait for the wallet; a minute when left out. */
  readonly walletTimeoutMs?: number
}

const walletOf = ({ walletUrl, walletTimeoutMs = WALLET_TIMEOUT_MS }: WalletInput) => ({
  walletUrl,
  fetch: createLocalFetch({ timeoutMs: walletTimeoutMs }),
})

/** Pays an invoice by the demo wallet and prints its answer as one line of JSON. 0: paid; 1: not, or it is not known. */
export async function payCommand(terminal: Terminal, input: WalletInput & { invoice: string }): Promise<number> {
  try {
    const answer = JSON.stringify(await payByDemoWallet(walletOf(input), input.invoice))
    if (await terminal.out(`${answer}\n`)) return 0
    terminal.say(`Paid, but standard output takes nothing; the wallet answered ${answer}`)
  } catch (cause) {
    if (!(cause instanceof ClientFault)) throw cause
    terminal.say(asSentence(cause.message))
  }
  return 1
}

export interface BuyInput extends WalletInput {
  readonly url: URL
  /** The most this may cost. */
  readonly maxSats: number
  /** File that keeps tokens between calls; `null`: none is kept. */
  readonly storeFile: string | null
  readonly accept: string | null
  /** Prints the credential that was bought, for use elsewhere. */
  readonly showCredential: boolean
  /** The longest wait for the head of an answer, and then for each further piece of its body. */
  readonly timeoutMs: number
  /** Ends the command; a payment that is under way is waited for, and its credential is printed. */
  readonly signal?: AbortSignal
}

/**
 * Fetches, pays if asked to, prints the body. 0: the server answered 2xx and its body was printed; 1: anything else, and
 * when the payment was made before it, the credential is printed with what to do with it.
 */
export async function buyCommand(terminal: Terminal, input: BuyInput): Promise<number> {
  const paid: { purchase: Purchase | null } = { purchase: null }
  const onPaid = (purchase: Purchase) => {
    paid.purchase = purchase
    tellPurchase(terminal, purchase, input)
  }
  const failure = await deliver(terminal, input, onPaid).catch((cause: unknown) => describeFailure(cause, input))
  if (failure === null) return 0
  terminal.say(failure)
  if (paid.purchase !== null) {
    terminal.say(
      `Paid for, not delivered by ${paid.purchase.url}: repeat the request with this header; do not pay again.`,
    )
    terminal.say(headerOf(paid.purchase))
  }
  return 1
}

const headerOf = ({ credential }: Purchase) => `Authorization: L402 ${credential}`

/** Said before the request is repeated, so that even a crash in between leaves it on the screen. */
function tellPurchase(terminal: Terminal, purchase: Purchase, input: BuyInput): void {
  terminal.say(`Paid ${formatSats(msat(purchase.offer.amountMsat))} sats.`)
  if (purchase.unkept !== null) {
    const { cause } = purchase.unkept
    terminal.say(asSentence(`--store: ${cause instanceof Error ? cause.message : String(cause)}`))
    terminal.say('Keep this header yourself: it opens what was paid for without paying again.')
  }
  if (purchase.unkept !== null || input.showCredential) terminal.say(headerOf(purchase))
}

/** `null`: the body was asked for, allowed and printed. Else the sentence that says why not. */
async function deliver(
  terminal: Terminal,
  input: BuyInput,
  onPaid: (purchase: Purchase) => void,
): Promise<string | null> {
  const paidFetch = createPaidFetch({
    fetch: createLocalFetch(input),
    pay: createDemoWalletPayer(walletOf(input)),
    budget: createBudget({ perPurchaseMsat: satsToMsat(input.maxSats) }),
    ...(input.storeFile === null ? {} : { store: createFileStore(input.storeFile) }),
    onPaid,
  })
  const request: PaidRequest = {
    headers: input.accept === null ? {} : { Accept: input.accept },
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  }
  const response = await paidFetch(input.url, request)
  const isPrinted = await terminal.out(new Uint8Array(await response.arrayBuffer()))
  if (!response.ok) {
    const reason = response.headers.get('l402-reason')
    return `${input.url.href} answered ${response.status}${reason === null ? '' : ` (${reason})`}.`
  }
  return isPrinted ? null : 'Standard output takes no more: its reader is gone or there is no room.'
}
