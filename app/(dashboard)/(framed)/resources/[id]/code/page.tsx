/** Programs that buy at this API, in six languages, for one of its routes. */

import { requireMember } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { type ApiPage, requireApi } from '#app/_server/reads/apis.ts'
import { examplesOf } from '#app/_ui/api/example-path.ts'
import type { SampleTarget } from '#app/_ui/api/sample-code.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Samples } from './samples.tsx'

export default async function CodePage({ params }: { params: Promise<{ id: string }> }) {
  const { id: asked } = await params
  const read = await whileReachable(async () => requireApi(await requireMember(), asked))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  if (read.value.protocol === 'grpc') return <GrpcClients host={new URL(read.value.address).host} />
  return <Samples targets={targetsOf(read.value)} isOnSale={read.value.publishedAt !== null} />
}

/** What is bought with any client of gRPC is told by metadata and trailers alone. */
function GrpcClients({ host }: { host: string }) {
  return (
    <div className="mx-auto max-w-[1280px] space-y-3 px-4 py-6 md:px-8">
      <p className="max-w-2xl">
        Any gRPC client calls your methods at <code className="font-mono">{host}</code> by their own names. An unpaid
        call ends with status 13, <i>payment required</i>: its trailers hold macaroon and invoice in{' '}
        <code className="font-mono">www-authenticate</code>. Who paid sends, as metadata of every call:
      </p>
      <pre className="overflow-x-auto rounded-card border border-hairline bg-surface p-4 font-mono text-table">
        authorization: L402 &lt;macaroon&gt;:&lt;preimage&gt;
      </pre>
    </div>
  )
}

/** One for each rule with a price, else for the front of the API. */
function targetsOf({ address, rules }: ApiPage): SampleTarget[] {
  const { DEMO_WALLET_URL: demo } = webDeps().config
  const wallet = demo === undefined ? null : `${demo.replace(/\/$/, '')}/pay`
  const url = new URL(address)
  const host = url.hostname.endsWith('.localhost') ? url.host : null
  if (host !== null) url.hostname = '127.0.0.1'
  const base = url.href.replace(/\/$/, '')
  const priced = examplesOf(rules).filter(({ isPriced }) => isPriced)
  const examples = priced.length === 0 ? [{ method: 'GET', path: '/' }] : priced
  return examples.map(({ method, path }) => ({ method, url: `${base}${path === '/' ? '' : path}`, host, wallet }))
}
