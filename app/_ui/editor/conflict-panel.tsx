'use client'
import { Icon } from '#app/_ui/icon.tsx'
/** Somebody else saved meanwhile: both versions side by side, and whichever is not taken is set aside, not lost. */
import type { Draft } from './draft.ts'
import { joinTitle } from './title-line.ts'

export interface ConflictPanelProps {
  readonly mine: Draft
  readonly theirs: Draft
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
}

export function ConflictPanel({ mine, theirs, onKeepMine, onTakeTheirs }: ConflictPanelProps) {
  return (
    <section
      role="alert"
      aria-labelledby="conflict-title"
      className="border-b border-hairline bg-caution-soft px-4 py-5 md:px-8"
    >
      <h2 id="conflict-title" className="flex items-center gap-2 text-lead text-caution">
        <Icon name="caution" />
        This article was changed in another window
      </h2>
      <p className="mt-1 text-table">
        Nothing is lost. Choose what to go on with; the other version is set aside on this device.
      </p>
      <div className="mt-4 grid gap-4 md:grid-cols-2">
        <Version title="Yours, here" draft={mine} act="Save mine over it" onAct={onKeepMine} />
        <Version
          title={`The other, version ${theirs.revision}`}
          draft={theirs}
          act="Go on with the other"
          onAct={onTakeTheirs}
        />
      </div>
    </section>
  )
}

function Version({ title, draft, act, onAct }: { title: string; draft: Draft; act: string; onAct: () => void }) {
  return (
    <div>
      <div className="flex items-center justify-between gap-3">
        <h3 className="text-table">{title}</h3>
        <button type="button" onClick={onAct} className="button button-plain">
          {act}
        </button>
      </div>
      <textarea
        readOnly
        aria-label={title}
        value={joinTitle(draft.title, draft.markdown)}
        className="field mt-2 h-56 resize-y py-2 text-table"
      />
    </div>
  )
}

/** The version that was not taken, until it is dropped. */
export function AsidePanel({ draft, onDrop }: { draft: Draft; onDrop: () => void }) {
  return (
    <details className="border-b border-hairline px-4 py-3 text-table md:px-8">
      <summary className="w-fit text-muted hover:text-text">
        A version of this article is set aside on this device
      </summary>
      <textarea
        readOnly
        aria-label="Version set aside"
        value={joinTitle(draft.title, draft.markdown)}
        className="field mt-2 h-56 resize-y py-2"
      />
      <button type="button" onClick={onDrop} className="button button-plain mt-2">
        Drop it
      </button>
    </details>
  )
}
