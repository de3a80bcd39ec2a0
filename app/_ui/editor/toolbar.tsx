'use client'
/** Marks for those who do not know Markdown by heart; each keeps the selection and the field's own undo. */
import { type RefObject, useRef } from 'react'
import { Icon, type IconName } from '#app/_ui/icon.tsx'

interface Tool {
  readonly icon: IconName
  readonly label: string
  readonly apply: (selected: string) => { text: string; from: number; to: number }
}

const around = (mark: string) => (selected: string) => ({
  text: `${mark}${selected}${mark}`,
  from: mark.length,
  to: mark.length + selected.length,
})
const before = (mark: string) => (selected: string) => ({
  text: selected
    .split('\n')
    .map((line) => `${mark}${line}`)
    .join('\n'),
  from: mark.length,
  to: mark.length + selected.length,
})

const TOOLS: readonly Tool[] = [
  { icon: 'heading', label: 'Heading', apply: before('## ') },
  { icon: 'bold', label: 'Bold', apply: around('**') },
  { icon: 'italic', label: 'Italic', apply: around('*') },
  {
    icon: 'link',
    label: 'Link',
    apply: (text) => ({
      text: `[${text || 'text'}](https://)`,
      from: text ? text.length + 3 : 1,
      to: text ? text.length + 11 : 5,
    }),
  },
  { icon: 'quote', label: 'Quote', apply: before('> ') },
]

export function Toolbar({
  field,
  onFiles,
}: {
  field: RefObject<HTMLTextAreaElement | null>
  onFiles?: (files: File[]) => void
}) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <div role="toolbar" aria-label="Marks" className="flex items-center gap-1">
      {TOOLS.map((tool) => (
        <ToolButton
          key={tool.label}
          icon={tool.icon}
          label={tool.label}
          onPress={() => field.current !== null && applyTool(field.current, tool)}
        />
      ))}
      {onFiles !== undefined && (
        <>
          <ToolButton icon="image" label="Picture" onPress={() => picker.current?.click()} />
          <input
            ref={picker}
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp,image/avif"
            multiple
            hidden
            onChange={(event) => {
              onFiles([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </>
      )}
    </div>
  )
}

function ToolButton({ icon, label, onPress }: { icon: IconName; label: string; onPress: () => void }) {
  return (
    <button
      type="button"
      onClick={onPress}
      aria-label={label}
      title={label}
      className="flex size-8 items-center justify-center rounded-[4px] text-muted hover:bg-sunken hover:text-text"
    >
      <Icon name={icon} />
    </button>
  )
}

function applyTool(field: HTMLTextAreaElement, tool: Tool): void {
  const { selectionStart, selectionEnd, value } = field
  const { text, from, to } = tool.apply(value.slice(selectionStart, selectionEnd))
  insertText(field, text)
  field.setSelectionRange(selectionStart + from, selectionStart + to)
}

/** Replaces the selection as typing would, so that the browser's undo takes it back in one step. */
export function insertText(field: HTMLTextAreaElement, text: string): void {
  field.focus()
  // The one call that keeps the undo history; where it is missing the text still arrives.
  if (document.execCommand('insertText', false, text)) return
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}
