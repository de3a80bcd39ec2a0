'use client'
/** A page that failed: what still works, a number to name, and another try. */
import { Icon } from './icon.tsx'

/** What Next tells of a page that failed. */
export interface PageFault {
  readonly error: Error & { readonly digest?: string }
  /** Asks the server again; drawing the same answer again would only fail again. */
  readonly retry: () => void
}

export function Failure({ error: { digest }, retry }: PageFault) {
  return (
    <section role="alert" className="mx-auto w-full max-w-[560px] px-5 py-16">
      <Icon name="caution" className="text-error" />
      <h1 className="mt-4 text-h2">This page failed to load</h1>
      <p className="mt-2 text-muted">
        Nothing was changed and no money moved. Sales go on: the gateway answers readers without this page. What you
        wrote is kept.
      </p>
      {digest !== undefined && (
        <p className="mt-4 text-table text-muted">
          Reference <code className="font-mono text-text select-all">{digest}</code>
        </p>
      )}
      <button type="button" onClick={retry} className="button button-primary mt-6">
        Try again
      </button>
    </section>
  )
}
