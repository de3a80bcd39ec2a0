/** One sentence, one page to try, the same address from a program, and the way in. */
import Link from 'next/link'
import { findUser } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { CopyButton } from '#app/_ui/copy-button.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { cardOfArticle, ReaderCard } from '#app/_ui/reader-card.tsx'

/** The seeded article; a real installation has no demo creator and shows no example. */
const DEMO = { handle: 'harbor', slug: 'tides' }

export default async function LandingPage() {
  const user = await unlessSilent(findUser, null)
  const isDemo = webDeps().config.SATSTILE_MODE === 'development'
  const demoUrl = isDemo ? creatorUrl(DEMO.handle, [DEMO.slug]) : null
  return (
    <main className="mx-auto w-full max-w-[1080px] px-5 pt-10 md:pt-20">
      <div className="grid items-center gap-x-12 gap-y-12 lg:grid-cols-[minmax(0,1fr)_minmax(0,480px)]">
        <div>
          <h1 className="max-w-[18ch] text-h1 tracking-[-0.02em] md:text-price">
            Put a price in sats on what you write.
          </h1>
          <p className="mt-4 max-w-[52ch] text-lead text-pretty text-muted">
            Readers see the beginning, pay over Lightning and read on, without an account. Programs ask the same
            address, get a 402 with an invoice, pay, and get their bytes.
          </p>
          <p className="mt-8 flex flex-wrap gap-3">
            <Link href={user === null ? '/sign-in' : '/overview'} className="button button-primary button-large">
              {user === null ? 'Publish something' : 'Open your dashboard'}
            </Link>
            {demoUrl !== null && (
              <a href={demoUrl} className="button button-plain button-large">
                Read the demo article
                <Icon name="external" />
              </a>
            )}
          </p>
        </div>
        <Example />
      </div>
      {demoUrl !== null && <AsProgram url={demoUrl} />}
      <section className="mt-12 grid gap-8 border-t border-hairline pt-8 md:grid-cols-3">
        <Point title="One address">
          The article, its preview and its 402 live at one URL. What was bought opens there, for good.
        </Point>
        <Point title="Nothing to un-hide">
          Paid text is never sent before it is paid: not in the page, not in a script.
        </Point>
        <Point title="Yours to run">
          One command starts it all: database, gateway, dashboard, and a Lightning node to try with.
        </Point>
      </section>
    </main>
  )
}

/** The end of a free part and the ticket behind it, as every reader meets them. */
function Example() {
  return (
    <figure>
      <p className="px-5 font-serif text-lead text-pretty">
        His own numbers came from a brass staff screwed to the third pile of the old ferry landing. What follows is what
        he taught me about reading it, in the order in which he taught it.
      </p>
      <div className="mt-5">
        <ReaderCard title="The third pile" creator="Your name" {...cardOfArticle(1960)} sats={210} />
      </div>
      <figcaption className="mt-3 px-5 text-label text-faint">What a reader sees where the free part ends</figcaption>
    </figure>
  )
}

function AsProgram({ url }: { url: string }) {
  return (
    <section className="mt-12">
      <h2 className="text-lead">The same address, asked by a program</h2>
      <div className="mt-3 rounded-card border border-hairline bg-sunken px-4 py-3.5 font-mono text-table text-muted">
        <p className="flex items-center justify-between gap-4 text-text">
          <code className="min-w-0 [overflow-wrap:anywhere]">$ curl -i {url}</code>
          <CopyButton text={`curl -i ${url}`} label="Copy the command" />
        </p>
        <pre className="mt-1 whitespace-pre-wrap [overflow-wrap:anywhere]">
          {
            'HTTP/1.1 402 Payment Required\nWWW-Authenticate: L402 macaroon="AgEIc2F0c3RpbGUCQgAA…", invoice="lnbcrt…", version="0"'
          }
        </pre>
      </div>
      <p className="mt-2 text-label text-faint">
        Shortened: macaroon and invoice are some hundred characters each, and new for every request.
      </p>
    </section>
  )
}

function Point({ title, children }: { title: string; children: string }) {
  return (
    <div>
      <h2 className="text-interface">{title}</h2>
      <p className="mt-1 text-table text-muted">{children}</p>
    </div>
  )
}
