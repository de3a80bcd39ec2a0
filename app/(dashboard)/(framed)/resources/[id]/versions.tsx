'use client'
/** What was published before, each to go on from. */
import { useState } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatClock, formatDay, TIME_ZONE } from '#app/_ui/format.ts'
import { readVersion } from './actions.ts'
import type { Editing } from './use-editing.ts'

export function Versions({ resource, onTake }: { resource: EditedResource; onTake: Editing['bringBack'] }) {
  const [fault, setFault] = useState<string | null>(null)
  const bringBack = async (revision: number) => {
    const answer = await readVersion(resource.id, revision).catch(() => SERVER_SILENT)
    setFault(answer.kind === 'fault' ? answer.text : null)
    if (answer.kind === 'version') onTake(answer.version)
  }
  if (resource.versions.length < 2) return null
  return (
    <section aria-label="Published versions" className="mt-4 border-t border-hairline pt-4">
      <h2 className="text-table font-medium">Published versions</h2>
      <FieldFault id="version-fault" text={fault} />
      <ol className="mt-1 max-h-40 overflow-y-auto text-table">
        {resource.versions.map(({ revision, title, publishedAt }, index) => (
          <li key={revision} className="flex min-h-9 items-center justify-between gap-4">
            <span className="min-w-0 truncate">
              <time dateTime={publishedAt.toISOString()} className="text-muted">
                {formatMoment(publishedAt)}
              </time>{' '}
              {title}
            </span>
            {index === 0 ? (
              <span className="shrink-0 text-muted">readers see this</span>
            ) : (
              <button type="button" onClick={() => void bringBack(revision)} className="link shrink-0">
                Bring back<span className="sr-only"> the version of {formatMoment(publishedAt)}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      <p className="mt-1 text-label text-faint">
        A version brought back is a draft: readers see it when you publish. What stands here now is set aside.
      </p>
    </section>
  )
}

const SERVER_SILENT = { kind: 'fault', text: 'The server does not answer. Nothing was changed; try again.' } as const

/** `28 Nov, 14:02 UTC`: both sides write the same. */
function formatMoment(at: Date): string {
  return `${formatDay(at)}, ${formatClock(at)} ${TIME_ZONE}`
}
