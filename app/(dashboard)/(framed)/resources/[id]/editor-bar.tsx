'use client'
/** The bar over the text: marks, where the text is kept, the preview, and the button that publishes. */
import { type ReactNode, type RefObject, useEffect, useState } from 'react'
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

/** In the keys of this device; none where there is no keyboard to press them on. */
function CutHint() {
  const [keys, setKeys] = useState<readonly string[] | null>(null)
  useEffect(() => {
    if (!matchMedia('(hover: hover) and (pointer: fine)').matches) return
    setKeys(/Mac|iP/.test(navigator.platform) ? ['Command', 'Shift', 'P'] : ['Ctrl', 'Shift', 'P'])
  }, [])
  if (keys === null) return null
  return (
    <p className="hidden items-center gap-1.5 border-l border-hairline pl-3 text-table min-[1200px]:flex">
      Cut here
      {keys.map((key) => (
        <kbd key={key} className="key">
          {key}
        </kbd>
      ))}
    </p>
  )
}

export function EditorBar({ fieldRef, state, isPreviewShown, onPreview, onFiles, children }: EditorBarProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1 px-3 py-2 sm:gap-x-4 sm:px-4 md:px-8">
      <div className="flex items-center gap-3">
        <Toolbar field={fieldRef} onFiles={onFiles} />
        <CutHint />
      </div>
      <div className="ml-auto flex items-center gap-2 sm:gap-3">
        <SaveNote state={state} />
        <button type="button" onClick={onPreview} className="button button-plain button-small max-md:hidden">
          {isPreviewShown ? 'Fold preview' : 'Show preview'}
        </button>
        {children}
      </div>
    </div>
  )
}
