'use client'
/** The field that Markdown is written in: a plain text area, drawn over a mirror that colours marks and knows where each line stands. */
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, memo, type RefObject } from 'react'
import { prepareRenderer } from './use-preview.ts'

export interface MarkdownPaneProps {
  readonly text: string
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>
  readonly mirrorRef: RefObject<HTMLDivElement | null>
  readonly describedBy?: string
  readonly isInvalid?: boolean
  readonly onText: (text: string) => void
  readonly onKey?: (event: KeyboardEvent<HTMLTextAreaElement>) => void
  readonly onFiles?: (files: File[]) => void
  /** Smaller where there is a mouse; phones keep 16 px, or they would enlarge the whole page while somebody writes. */
  readonly isSmall?: boolean
}

const METRICS = 'm-0 block w-full whitespace-pre-wrap break-words p-0 font-sans text-[1rem] leading-7 tracking-normal'
const SMALL_METRICS = `${METRICS} md:text-[0.875rem] md:leading-6`

export function MarkdownPane(props: MarkdownPaneProps) {
  const { text, fieldRef, mirrorRef, onText, onFiles } = props
  const metrics = props.isSmall ? SMALL_METRICS : METRICS
  const take = (event: ClipboardEvent | DragEvent, data: DataTransfer | null) => {
    const files = [...(data?.files ?? [])]
    if (files.length === 0 || onFiles === undefined) return
    event.preventDefault()
    onFiles(files)
  }
  return (
    <div className="relative">
      <div ref={mirrorRef} aria-hidden="true" className={`${metrics} min-h-40 select-none`}>
        <MirrorLines text={text} />
      </div>
      <textarea
        ref={fieldRef}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onFocus={prepareRenderer}
        onKeyDown={props.onKey}
        onPaste={(event) => take(event, event.clipboardData)}
        onDrop={(event) => take(event, event.dataTransfer)}
        aria-label="Text in Markdown"
        aria-describedby={props.describedBy}
        aria-invalid={props.isInvalid ?? false}
        spellCheck
        dir="auto"
        placeholder={'# Title\n\nWrite here, or paste. Markdown marks headings, links and lists.'}
        className={`${metrics} absolute inset-0 h-full resize-none overflow-hidden bg-transparent text-transparent caret-text outline-none placeholder:text-faint`}
      />
    </div>
  )
}

const MirrorLines = memo(function MirrorLines({ text }: { text: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place
  return text.split('\n').map((line, index) => <MirrorLine key={index} line={line} />)
})

const HEADING = /^(#{1,6}\s)(.*)$/
const MARK = /^(\s*(?:[-*+]|\d{1,9}[.)]|>)\s)(.*)$/

/** Weight is drawn as an outline: real bold is wider, and the caret would stand beside its letter. */
const MirrorLine = memo(function MirrorLine({ line }: { line: string }) {
  const heading = HEADING.exec(line)
  if (heading) {
    return (
      <div dir="auto">
        <span className="text-faint">{heading[1]}</span>
        <span className="[-webkit-text-stroke:0.45px_currentcolor]">{heading[2]}</span>
      </div>
    )
  }
  const marked = MARK.exec(line)
  return (
    <div dir="auto">
      {marked ? (
        <>
          <span className="text-faint">{marked[1]}</span>
          {marked[2]}
        </>
      ) : (
        line || '\u200b'
      )}
    </div>
  )
})
