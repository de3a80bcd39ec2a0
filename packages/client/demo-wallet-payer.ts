/** Pays by the demo wallet of a development copy. */
import { ClientFault } from './client-fault.ts'
import type { Payer } from './paid-fetch.ts'

interface WalletResponse {
  readonly ok: boolean
  json(): Promise<unknown>
}

interface WalletRequest {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface DemoWalletAnswer {
  /** 64 hex digits. */
  readonly preimage: string
  readonly payment_hash: string
  readonly amount_msat: string
}

type WalletFetch = (url: string, init: WalletRequest) => Promise<WalletResponse>

/**
 * Posts an invoice to `<walletUrl>/pay`. Throws `ClientFault` payment-failed with the wallet's own sentence, or with one
 * that says whether the wallet may have paid: it certainly has not when no connection came about.
 */
export async function payByDemoWallet(
  { walletUrl, fetch }: { walletUrl: string; fetch: WalletFetch },
  invoice: string,
): Promise<DemoWalletAnswer> {
  const endpoint = new URL('/pay', walletUrl).href
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ invoice }) }).catch(
    (cause: unknown) => {
      throw new ClientFault('payment-failed', describeSilence(walletUrl, cause), { cause })
    },
  )
  const answer = await response.json().catch(() => null)
  if (!response.ok || !isAnswer(answer)) throw new ClientFault('payment-failed', sentenceOf(answer, walletUrl))
  return answer
}

/** Codes of failures before a connection: the invoice has not reached the wallet. */
const UNREACHED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

function describeSilence(walletUrl: string, cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = inner instanceof Error && 'code' in inner ? inner.code : null
  return UNREACHED.some((known) => known === code)
    ? `the demo wallet at ${walletUrl} does not answer; is npm start running?`
    : `the demo wallet at ${walletUrl} gave no answer and may have paid; look at its page before you pay again (is npm start running?)`
}

/** The same as a `Payer`. */
export const createDemoWalletPayer =
  (wallet: { walletUrl: string; fetch: WalletFetch }): Payer =>
  async (invoice) =>
    (await payByDemoWallet(wallet, invoice)).preimage

function isAnswer(value: unknown): value is DemoWalletAnswer {
  return typeof value === 'object' && value !== null && 'preimage' in value && typeof value.preimage === 'string'
}

function sentenceOf(value: unknown, walletUrl: string): string {
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : null
  return typeof message === 'string'
    ? message
    : `what answers at ${walletUrl} is no demo wallet, or broke off and may have paid; look at its page before you pay again`
}
