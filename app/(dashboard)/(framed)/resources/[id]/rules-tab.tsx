'use client'
/** The rules of an API, in a script of their own: other kinds do not carry it. */
import { lazy, Suspense } from 'react'
import type { ApiPage } from '#app/_server/reads/apis.ts'
import { saveRules } from './api-actions.ts'

const Editor = lazy(async () => ({ default: (await import('#app/_ui/api/rules-editor.tsx')).RulesEditor }))

export function RulesTab({ api }: { api: Pick<ApiPage, 'id' | 'address' | 'rules' | 'publishedAt'> }) {
  return (
    <Suspense fallback={null}>
      <Editor
        rules={api.rules}
        address={api.address}
        isOnSale={api.publishedAt !== null}
        onSave={(json) => saveRules(api.id, json)}
      />
    </Suspense>
  )
}
