/** What to sell: an article, written or brought, a file, a page, or an API. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { ImportForm } from './import-form.tsx'
import { WriteForm } from './write-form.tsx'

export const metadata: Metadata = { title: 'New resource' }

export default async function NewResourcePage() {
  const member = await whileReachable(requireMember)
  if (member.kind === 'silent') return <DatabaseSilent since={member.since} />
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New resource</h1>
      <p className="mt-1 text-muted">A draft is kept from the first key; nobody sees it before you publish.</p>
      <div className="mt-6 grid gap-8 border-t border-hairline pt-6 sm:grid-cols-2 xl:grid-cols-5">
        <WriteForm />
        <ImportForm />
        <SellFile />
        <SellPage />
        <SellApi />
      </div>
    </div>
  )
}

function SellFile() {
  return (
    <section>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="document" />
        Sell a file
      </h2>
      <p className="mt-1 text-table text-muted">
        A book, a recording, a film, data. Uploaded, described and priced in one step.
      </p>
      <Link href="/resources/new/file" className="button button-plain mt-4">
        New file
      </Link>
    </section>
  )
}

function SellPage() {
  return (
    <section>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="code" />
        Sell a part of your site
      </h2>
      <p className="mt-1 text-table text-muted">
        Held here and sent to the sites that you name, so the text is never in their source.
      </p>
      <Link href="/resources/new/page" className="button button-plain mt-4">
        New page
      </Link>
    </section>
  )
}

function SellApi() {
  return (
    <section>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="code" />
        Sell an API
      </h2>
      <p className="mt-1 text-table text-muted">
        A server that you run. Each route is free or has its price; programs pay and ask again.
      </p>
      <Link href="/resources/new/api" className="button button-plain mt-4">
        New API
      </Link>
    </section>
  )
}
