'use client'
/** The bar over the text: marks, where the text is kept, the preview, and the button that publishes. */
import type { ReactNode, RefObject } from 'react'
import { SaveNote } from '#app/_ui/editor/save-note.tsx'
import { Toolbar } from '#app/_ui/editor/toolbar.tsx'
import type { SaveState } from '#app/_ui/editor/use-autosave.ts'

export interface EditorBarProps {
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>
  readonly state: SaveState
  readonly isPreviewShown: boolean
  readonly onPreview: () => void
  readonly onFiles: (files: File[]) => void
  /** The button. */
  readonly children: ReactNode
}

export function EditorBar({ fieldRef, state, isPreviewShown, onPreview, onFiles, children }: EditorBarProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2 md:px-8">
      <div className="flex items-center gap-3">
        <Toolbar field={fieldRef} onFiles={onFiles} />
        <p className="hidden items-center gap-1.5 border-l border-hairline pl-3 text-table min-[1200px]:flex">
          Cut here <kbd className="key">Ctrl</kbd> <kbd className="key">Shift</kbd> <kbd className="key">P</kbd>
        </p>
      </div>
      <div className="flex items-center gap-3">
        <SaveNote state={state} />
        <button type="button" onClick={onPreview} className="button button-plain button-small max-md:hidden">
          {isPreviewShown ? 'Fold preview' : 'Show preview'}
        </button>
        {children}
      </div>
    </div>
  )
}
