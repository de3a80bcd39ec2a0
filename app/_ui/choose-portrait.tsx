'use client'
/** The picture that stands for a creator now, and the way to another one: by its button, or dropped on it. */
import type { DragEvent, ReactNode } from 'react'
import { FieldFault } from './field-fault.tsx'
import { Portrait } from './portrait.tsx'

interface ChoosePortraitProps {
  readonly src: string | null
  readonly alt: string
  readonly chooseWord: string
  readonly note: string
  readonly fault: string | null
  readonly isBusy: boolean
  readonly onFile: (file: File) => void
  /** Further buttons. */
  readonly children?: ReactNode
}

export function ChoosePortrait(props: ChoosePortraitProps) {
  const take = (files: FileList | null) => {
    const file = files?.[0]
    if (file !== undefined) props.onFile(file)
  }
  const choose = () => {
    const picker = document.createElement('input')
    picker.type = 'file'
    picker.accept = 'image/png,image/jpeg,image/gif,image/webp,image/avif'
    picker.addEventListener('change', () => take(picker.files))
    picker.click()
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    take(event.dataTransfer.files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way to what the button does
    <div className="flex items-start gap-5" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      <Portrait src={props.src} size={80} alt={props.alt} />
      <div className="min-w-0">
        <div className="flex flex-wrap gap-3">
          <button
            type="button"
            disabled={props.isBusy}
            onClick={choose}
            aria-describedby="portrait-note portrait-fault"
            className="button button-plain"
          >
            {props.isBusy ? 'Sending' : props.chooseWord}
          </button>
          {props.children}
        </div>
        <FieldFault id="portrait-fault" text={props.fault} />
        <p id="portrait-note" className="mt-2 text-table text-muted">
          {props.note}
        </p>
      </div>
    </div>
  )
}
