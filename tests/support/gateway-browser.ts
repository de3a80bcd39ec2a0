/** What a reader's page does on a creator host: make a secret, ask, claim, keep cookies; each step as the page sends it. */
import { createHash, randomBytes } from 'node:crypto'
import type { Reply, TestGateway } from './gateway.ts'

/** The part of a gateway that a page sees. */
export type CreatorHost = Pick<TestGateway, 'ask' | 'origin'>

export interface ClaimSecret {
  readonly secret: string
  readonly hash: string
}

export function makeClaimSecret(): ClaimSecret {
  const bytes = randomBytes(32)
  return { secret: bytes.toString('base64url'), hash: createHash('sha256').update(bytes).digest('base64url') }
}

/** A POST as the page's own script sends it. */
export function postJson(
  gateway: CreatorHost,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const own = { 'Content-Type': 'application/json', Origin: gateway.origin, 'Sec-Fetch-Site': 'same-origin' }
  return gateway.ask(path, { method: 'POST', headers: { ...own, ...headers }, body: JSON.stringify(body) })
}

/** A POST as a form of a page without JavaScript sends it. */
export function postForm(
  gateway: CreatorHost,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const own = {
    'Content-Type': 'application/x-www-form-urlencoded',
    Origin: gateway.origin,
    'Sec-Fetch-Site': 'same-origin',
  }
  const body = new URLSearchParams(fields).toString()
  return gateway.ask(path, { method: 'POST', headers: { ...own, ...headers }, body })
}

/** `name=value` of every cookie that a reply sets and does not take back, as a browser sends them from then on. */
export function cookiesOf(reply: Reply): string {
  return reply
    .headers('set-cookie')
    .filter((line) => !line.includes('Max-Age=0'))
    .map((line) => line.split(';')[0])
    .join('; ')
}

/** A challenge that a page asked for, unpaid. */
export async function askFor(gateway: CreatorHost, resource: string) {
  const claim = makeClaimSecret()
  const reply = await postJson(gateway, '/_l402/challenge', { resource, claim_hash: claim.hash })
  const { challenge, invoice } = reply.json() as { challenge: string; invoice: string }
  return { ...claim, challenge, invoice, reply }
}

/** The same, paid and in the books. */
export async function payFor(gateway: TestGateway, resource: string) {
  const asked = await askFor(gateway, resource)
  const { preimage } = await gateway.node.pay(asked.invoice)
  await gateway.settled(asked.challenge)
  return { ...asked, preimage }
}
