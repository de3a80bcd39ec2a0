'use client'
/** Search by whatever a buyer sent: it is hashed here, and only the hash goes into the address. */
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import { readPasted } from '#app/_ui/sale-search.ts'

/** The field has no name: a form that is sent before the page is taken over carries nothing. */
export function Search() {
  const router = useRouter()
  const [fault, setFault] = useState<string | null>(null)
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const field = event.currentTarget.elements.namedItem('pasted')
    const pasted = field instanceof HTMLInputElement ? field.value : ''
    if (pasted.trim() === '') return router.push('/sales')
    const find = readPasted(pasted)
    setFault(find === null ? 'This is no receipt, payment proof, hash, token id or invoice. Nothing was sent.' : null)
    if (find !== null) router.push(`/sales?find=${find}`)
  }
  return (
    <search className="mt-5 block">
      <form onSubmit={search}>
        <label className="relative block">
          <span className="sr-only">Receipt, payment proof, hash, token id or invoice</span>
          <Icon name="search" className="absolute top-2 left-3 text-muted" />
          <input
            id="pasted"
            type="search"
            autoComplete="off"
            spellCheck={false}
            placeholder="Receipt, proof, hash, token or invoice"
            aria-invalid={fault !== null}
            aria-describedby={fault === null ? undefined : 'pasted-fault'}
            className="field pl-10"
          />
        </label>
        {fault !== null && (
          <p id="pasted-fault" role="alert" className="mt-2 text-table text-error">
            {fault}
          </p>
        )}
      </form>
    </search>
  )
}
