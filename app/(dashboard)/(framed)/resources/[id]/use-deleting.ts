'use client'
/** From the question what would be lost to the answer that it is gone; what changed in between is asked again. */
import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useState, useTransition } from 'react'
import { dropLocal } from '#app/_ui/editor/local-draft.ts'
import { askLoss, type DeleteAnswer, type Loss, type LossAnswer, remove } from './deleting.ts'

export interface Deleting {
  /** `null`: it is being counted, or nobody could. */
  readonly loss: Loss | null
  /** The numbers are others than those that stood here first. */
  readonly hasChanged: boolean
  readonly fault: string | null
  readonly isRunning: boolean
  readonly ask: () => void
  readonly confirm: (loss: Loss) => void
}

const SILENT = { kind: 'fault', text: 'The server does not answer. Nothing was deleted; try again.' } as const

export function useDeleting(resourceId: string): Deleting {
  const router = useRouter()
  const [answer, setAnswer] = useState<LossAnswer | Exclude<DeleteAnswer, { kind: 'deleted' }> | null>(null)
  const [isRunning, start] = useTransition()
  const ask = useCallback(() => {
    start(async () => setAnswer(await askLoss(resourceId).catch(() => SILENT)))
  }, [resourceId])
  useEffect(ask, [ask])
  const confirm = (loss: Loss) =>
    start(async () => {
      const next = await remove(resourceId, toConfirm(loss)).catch(() => SILENT)
      if (next.kind !== 'deleted') return setAnswer(next)
      for (const place of ['unsaved', 'aside'] as const) dropLocal(place, resourceId)
      router.push(`/resources?done=${next.wasPublished ? 'deleted' : 'thrown-away'}`)
    })
  return {
    loss: answer === null || answer.kind === 'fault' ? null : answer.loss,
    hasChanged: answer?.kind === 'changed',
    fault: answer?.kind === 'fault' ? answer.text : null,
    isRunning,
    ask,
    confirm,
  }
}

function toConfirm(loss: Loss): Parameters<typeof remove>[1] {
  const { isPublished, buyers } = loss
  if ('routes' in loss) return { isPublished, buyers, routes: loss.routes }
  if ('fileVersions' in loss) return { isPublished: true, buyers, fileVersions: loss.fileVersions }
  if ('pageRevision' in loss) return { isPublished: true, buyers, pageRevision: loss.pageRevision }
  return { isPublished, buyers, revision: loss.revision }
}
