'use client'
/** One file on its way: how far it came, and whether what came is what was sent. */
import { useEffect, useRef, useState } from 'react'
import type { Sending, SendingEvents } from './send-file.ts'

export type UploadState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'sending' | 'paused' | 'away'
      readonly file: File
      readonly sent: number
      readonly perSecond: number
    }
  /** All of it was sent; the two checksums are being compared. */
  | { readonly kind: 'checking'; readonly file: File }
  | { readonly kind: 'done'; readonly file: File; readonly uploadId: string; readonly sha256: string }
  | { readonly kind: 'refused'; readonly file: File; readonly text: string }

export interface UploadActs {
  readonly state: UploadState
  choose(file: File): void
  pause(): void
  resume(): void
  /** Gives the file up, sent or not. */
  drop(): void
  /** It is used: there is nothing to give up any more. */
  leaveDone(): void
}

const DIFFERENT = 'What came is not what was sent: the file may have changed on the way. Choose it again.'
const UNREADABLE = 'This file cannot be read any more. Choose it again.'

export function useUpload(): UploadActs {
  const [state, setState] = useState<UploadState>({ kind: 'none' })
  const run = useRef<Run | null>(null)
  useEffect(() => () => run.current?.leave(), [])
  const end = () => {
    run.current?.drop()
    run.current = null
  }
  return {
    state,
    choose(file) {
      end()
      run.current = start(file, setState)
    },
    pause() {
      run.current?.pause()
      setState((now) => (now.kind === 'sending' ? { ...now, kind: 'paused' } : now))
    },
    resume() {
      run.current?.resume()
      setState((now) => (now.kind === 'paused' || now.kind === 'away' ? { ...now, kind: 'sending' } : now))
    },
    drop() {
      end()
      setState({ kind: 'none' })
    },
    leaveDone() {
      run.current = null
      setState({ kind: 'none' })
    },
  }
}

interface Run {
  pause(): void
  resume(): void
  /** The page goes: what came stays, and may be gone on with. */
  leave(): void
  drop(): void
}

/** What sends and what counts is loaded with the first file: the editor has this page's script too. */
const loadSending = () => Promise.all([import('./send-file.ts'), import('./hash-file.ts')])

type Tell = (next: UploadState | ((now: UploadState) => UploadState)) => void

function start(file: File, setState: Tell): Run {
  const ending = new AbortController()
  const tell: Tell = (next) => {
    if (!ending.signal.aborted) setState(next)
  }
  tell({ kind: 'sending', file, sent: 0, perSecond: 0 })
  const sending = loadSending()
    .then(([{ sendFile }, { hashFile }]) => {
      const own = hashFile(file, ending.signal).catch(() => null)
      const made: Sending = sendFile(file, eventsOf(file, { tell, own, drop: () => made.drop() }))
      return made
    })
    .catch(() => {
      tell({ kind: 'refused', file, text: 'The server does not answer. Choose the file again.' })
      return null
    })
  const act = (name: keyof Sending) => () => void sending.then((made) => made?.[name]())
  const stop = (name: keyof Sending) => () => {
    ending.abort()
    act(name)()
  }
  return { pause: act('pause'), resume: act('resume'), leave: stop('pause'), drop: stop('drop') }
}

function eventsOf(
  file: File,
  { tell, own, drop }: { tell: Tell; own: Promise<string | null>; drop: () => void },
): SendingEvents {
  const speed = createSpeed()
  return {
    onProgress: (sent) =>
      tell((now) => ({ kind: now.kind === 'paused' ? 'paused' : 'sending', file, sent, perSecond: speed(sent) })),
    async onDone(uploadId, sha256) {
      tell({ kind: 'checking', file })
      const expected = await own
      if (expected === sha256) return tell({ kind: 'done', file, uploadId, sha256 })
      drop()
      tell({ kind: 'refused', file, text: expected === null ? UNREADABLE : DIFFERENT })
    },
    onFault: (text) =>
      text === null
        ? tell((now) => ({ kind: 'away', file, sent: 'sent' in now ? now.sent : 0, perSecond: 0 }))
        : tell({ kind: 'refused', file, text }),
  }
}

const SPEED_MS = 5_000

/** Bytes a second over the last five. */
function createSpeed(): (sent: number) => number {
  let marks: { atMs: number; sent: number }[] = []
  return (sent) => {
    const atMs = performance.now()
    marks = [...marks.filter((mark) => atMs - mark.atMs < SPEED_MS), { atMs, sent }]
    const [first] = marks
    return first === undefined || atMs === first.atMs ? 0 : ((sent - first.sent) / (atMs - first.atMs)) * 1000
  }
}
