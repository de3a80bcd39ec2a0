/** One article of a running copy, bought by a program and read again whenever a test likes. */
import { localFetch } from './local-fetch.ts'
import type { RunFile } from './running-copy.ts'

export interface BoughtArticle {
  /** Presents the credential; answers the status. */
  read(): Promise<number>
}

/** Asks for the first article, pays at the demo wallet, reads it once. */
export async function buyArticle({ articles, wallet }: RunFile): Promise<BoughtArticle> {
  const [url = ''] = articles
  const challenge = (await (await localFetch(url)).json()) as { macaroon: string; invoice: string }
  const paid = await localFetch(`${wallet}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ invoice: challenge.invoice }),
  })
  const { preimage } = (await paid.json()) as { preimage: string }
  const headers = { authorization: `L402 ${challenge.macaroon}:${preimage}` }
  const read = async () => {
    const response = await localFetch(url, { headers })
    await response.arrayBuffer()
    return response.status
  }
  const status = await read()
  if (status !== 200) throw new RangeError(`what was bought is not served: ${status}`)
  return { read }
}
