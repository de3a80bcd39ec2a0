'use client'
/** Offers to fetch the pictures of a text that lie on other servers, and says which of them could not be had. */
import { formatCount } from '#app/_ui/format.ts'
import type { Fetching } from './use-fetching.ts'

export interface FetchPicturesProps {
  /** Addresses in the text, each once. */
  readonly urls: readonly string[]
  readonly fetching: Fetching
}

export function FetchPictures({ urls, fetching: { waiting, problems, fetchAll } }: FetchPicturesProps) {
  if (urls.length === 0 && problems.length === 0) return null
  const words = urls.length === 1 ? 'Fetch this picture' : `Fetch these ${formatCount(urls.length)} pictures`
  return (
    <div className="mb-6 rounded-card bg-sunken px-4 py-3 text-table">
      {urls.length > 0 && (
        <>
          <p>
            {urls.length === 1 ? 'A picture lies' : `${formatCount(urls.length)} pictures lie`} on another server.
            Fetched,
            {urls.length === 1 ? ' it becomes a picture' : ' they become pictures'} of this article. Use only what you
            may.
          </p>
          <button
            type="button"
            disabled={waiting > 0}
            onClick={() => fetchAll(urls)}
            className="button button-plain button-small mt-2"
          >
            {words}
          </button>
        </>
      )}
      <div aria-live="polite">
        {waiting > 0 && <p className="mt-2 text-muted">Fetching, {formatCount(waiting)} to go …</p>}
        {problems.length > 0 && (
          <ul aria-label="Not fetched" className="mt-2 max-h-56 space-y-1 overflow-y-auto break-words text-error">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}
