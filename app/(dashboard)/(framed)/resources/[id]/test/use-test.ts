'use client'
/** From the press to the messages; who waits too long is told that no gateway took it. */
import { useEffect, useRef, useState } from 'react'
import type { TestRequest, TestResult } from '#lib/paywall/resources/api/test-request.ts'
import { readTest, sendTest } from './actions.ts'

const LOOK_EVERY_MS = 300
/** A gateway gives up after 22 s. */
const PATIENCE_MS = 30_000

export type Trying =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'done'; readonly result: TestResult; readonly request: TestRequest }

const refused = (text: string): Trying => ({ kind: 'refused', fields: { '': text } })

export function useTest(id: string) {
  const [trying, setTrying] = useState<Trying>({ kind: 'none' })
  const run = useRef(0)
  useEffect(
    () => () => {
      run.current += 1
    },
    [],
  )
  const send = async (request: TestRequest) => {
    run.current += 1
    const mine = run.current
    const tell = (next: Trying) => {
      if (run.current === mine) setTrying(next)
    }
    tell({ kind: 'waiting' })
    try {
      const asked = await sendTest(id, request)
      if (asked.kind === 'refused') return tell(asked)
      const until = Date.now() + PATIENCE_MS
      while (run.current === mine && Date.now() < until) {
        const result = await readTest(asked.testId)
        if (result !== null) return tell({ kind: 'done', result, request })
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
      tell(
        refused('No gateway took this request, so nobody can buy at the moment either. Ask whoever runs this server.'),
      )
    } catch {
      tell(refused('The server does not answer. Try again.'))
    }
  }
  return { trying, send }
}
