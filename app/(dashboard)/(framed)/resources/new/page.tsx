/** What to sell: this stage knows articles. */
import type { Metadata } from 'next'
import { requireMember } from '#app/_server/session.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { createDraft } from './actions.ts'
import { ImportForm } from './import-form.tsx'

export const metadata: Metadata = { title: 'New resource' }

export default async function NewResourcePage() {
  await requireMember()
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New resource</h1>
      <p className="mt-1 text-muted">A draft is kept from the first key; nobody sees it before you publish.</p>
      <div className="mt-6 grid max-w-3xl gap-8 border-t border-hairline pt-6 md:grid-cols-2">
        <form action={createDraft}>
          <h2 className="flex items-center gap-2 text-lead">
            <Icon name="article" />
            Write an article
          </h2>
          <p className="mt-1 text-table text-muted">
            Markdown with pictures. The beginning is free, the rest has a price.
          </p>
          <button type="submit" className="button button-primary mt-4">
            Continue
          </button>
        </form>
        <ImportForm />
      </div>
    </div>
  )
}
