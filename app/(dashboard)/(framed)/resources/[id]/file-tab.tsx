'use client'
/** The content of a file, in a script of its own: an article's editor does not carry what uploads need. */
import { type ComponentProps, lazy, Suspense } from 'react'
import type { FileContent } from './file-content.tsx'

const Content = lazy(async () => ({ default: (await import('./file-content.tsx')).FileContent }))

export function FileTab(props: ComponentProps<typeof FileContent>) {
  return (
    <Suspense fallback={null}>
      <Content {...props} />
    </Suspense>
  )
}
