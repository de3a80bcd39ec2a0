/** Published versions of the most used JavaScript client, each driven over HTTP against a running copy. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fetchWithL402 as fetch4 } from 'lightning-tools-4'
import { fetchWithL402 as fetch5 } from 'lightning-tools-5'
import { fetchWithL402 as fetch6 } from 'lightning-tools-6'
import { fetchWithL402 as fetch8 } from 'lightning-tools-8'
import { fetchWithL402 as fetch9 } from 'lightning-tools-9'
import { setGlobalDispatcher } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localAgent, localFetch } from '#tests/support/local-fetch.ts'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'

interface PayingWallet {
  readonly paid: string[]
  payInvoice(input: { invoice: string }): Promise<{ preimage: string }>
}

/** Buys `url` twice as one user of that version would; answers the second response. */
type Client = (url: string, wallet: PayingWallet) => Promise<{ status: number; text: string }>

const clients: Record<string, Client> = {
  '4': async (url, wallet) => withStore(fetch4 as StoreFetch, url, wallet),
  '5': async (url, wallet) => withStore(fetch5 as StoreFetch, url, wallet),
  '6': async (url, wallet) => withStore(fetch6 as StoreFetch, url, wallet),
  '8': async (url, wallet) => withCredentials(fetch8 as CredentialFetch, url, wallet),
  '9': async (url, wallet) => withCredentials(fetch9 as CredentialFetch, url, wallet),
}

let dataDir: string
let copy: RunningCopy
let run: RunFile

beforeAll(async () => {
  setGlobalDispatcher(localAgent)
  dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-interop-'))
  copy = await startCopy({ dataDir })
  run = (await copy.read()) as RunFile
})

afterAll(async () => {
  await copy?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

describe.each(Object.entries(clients))('lightning-tools %s', (_version, client) => {
  it('pays once, reads, and reads again without paying', async () => {
    const wallet = demoWallet()
    const { status, text } = await client(article(), wallet)
    expect(status).toBe(200)
    expect(text.length).toBeGreaterThan(1_000)
    expect(wallet.paid).toHaveLength(1)
  })

  it('gets nothing for a preimage of another payment', async () => {
    const wallet = { paid: [], payInvoice: async () => ({ preimage: '22'.repeat(32) }) }
    const answer = await client(article(), wallet).catch((error: Error) => ({ status: 0, text: error.message }))
    expect(answer.status).not.toBe(200)
  })
})

type StoreFetch = (url: string, init: object, options: { webln: PayingWeblN; store: unknown }) => Promise<Response>
type CredentialFetch = (
  url: string,
  init: object,
  options: { wallet: PayingWallet; credentials?: unknown },
) => Promise<Response & { payment?: { credentials?: unknown } }>

interface PayingWeblN {
  enable(): Promise<void>
  sendPayment(invoice: string): Promise<{ preimage: string }>
}

async function withStore(client: StoreFetch, url: string, wallet: PayingWallet) {
  const kept = new Map<string, unknown>()
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: unknown) => kept.set(key, value),
  }
  const webln = { enable: async () => {}, sendPayment: (invoice: string) => wallet.payInvoice({ invoice }) }
  await (await client(url, {}, { webln, store, wallet } as never)).text()
  const again = await client(url, {}, { webln, store, wallet } as never)
  return { status: again.status, text: await again.text() }
}

async function withCredentials(client: CredentialFetch, url: string, wallet: PayingWallet) {
  const first = await client(url, {}, { wallet })
  await first.text()
  const credentials = first.payment?.credentials
  const again = await client(url, {}, credentials === undefined ? { wallet } : { wallet, credentials })
  return { status: again.status, text: await again.text() }
}

function demoWallet(): PayingWallet {
  const paid: string[] = []
  return {
    paid,
    async payInvoice({ invoice }) {
      const response = await localFetch(`${run.wallet}/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ invoice }),
      })
      const { preimage } = (await response.json()) as { preimage: string }
      paid.push(invoice)
      return { preimage }
    },
  }
}

function article(): string {
  const [first] = run.articles
  if (first === undefined) throw new RangeError('the run file names no article')
  return first
}
