'use client'
/** Publishing what is written, and bringing pictures to it. */
import { useRouter } from 'next/navigation'
import { type RefObject, useState } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import { uploadPictures } from '#app/_ui/editor/upload-pictures.ts'
import { publish } from './actions.ts'
import type { OutcomeNote } from './outcome.tsx'
import type { Editing } from './use-editing.ts'
import { usePrice } from './use-price.ts'

interface Fields {
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>
  readonly priceRef: RefObject<HTMLInputElement | null>
}

/** `note` says how the last act ended; a publishing that was refused leads to what has to be done first. */
export function usePublishing(editing: Editing, resource: EditedResource, { fieldRef, priceRef }: Fields) {
  const router = useRouter()
  const [note, setNote] = useState<OutcomeNote | null>(null)
  const [isPublishing, setPublishing] = useState(false)
  const price = usePrice(resource, note?.kind === 'refused' ? (note.fields.price ?? null) : null)
  const onPublish = async () => {
    setPublishing(true)
    setNote(null)
    const revision = await editing.flush()
    if (revision !== null) {
      const next = await publish(resource.id, revision, price.sent).catch(() => SERVER_SILENT)
      setNote(next)
      if (next.kind === 'refused') focusRefused(next.fields, { text: fieldRef.current, price: priceRef.current })
      router.refresh()
    }
    setPublishing(false)
  }
  const onFiles = async (files: File[]) => {
    const fault = await uploadPictures(resource.id, files, { field: fieldRef.current, onStored: editing.addPicture })
    setNote(fault === null ? null : { kind: 'fault', text: fault })
  }
  return { note, price, isPublishing, onPublish, onFiles }
}

/** To where the first thing to do is done: the text before the price. */
function focusRefused(
  fields: Readonly<Record<string, string>>,
  { text: field, price }: { text: HTMLTextAreaElement | null; price: HTMLInputElement | null },
): void {
  const isText = 'title' in fields || 'markdown' in fields || 'cutBlock' in fields
  if (!isText) price?.focus()
  if (!isText || field === null) return
  field.focus()
  const line = Number(/^Line (\d+):/.exec(fields.markdown ?? '')?.[1] ?? 1)
  const start =
    'title' in fields
      ? 0
      : field.value
          .split('\n')
          .slice(0, line - 1)
          .join('\n').length
  field.setSelectionRange(start, start)
}

const SERVER_SILENT: OutcomeNote = { kind: 'fault', text: 'The server does not answer. Your text is kept; try again.' }
