'use client'
/** The picture over the page: changed at once, taken away at once. */
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { ChoosePortrait } from '#app/_ui/choose-portrait.tsx'
import { ownPictureUrl } from '#app/_ui/portrait.tsx'
import { removePortrait, sendPortrait } from '#app/_ui/send-portrait.ts'

interface PictureFieldProps {
  /** SHA-256, hex; `null`: there is none. */
  readonly digest: string | null
  readonly alt: string
}

export function PictureField({ digest, alt }: PictureFieldProps) {
  const router = useRouter()
  const [fault, setFault] = useState<string | null>(null)
  const [done, setDone] = useState('')
  const [isBusy, start] = useTransition()
  const act = (send: () => Promise<string | null>, words: string) =>
    start(async () => {
      setDone('')
      const refused = await send()
      setFault(refused)
      if (refused !== null) return
      setDone(words)
      router.refresh()
    })
  return (
    <div className="mt-6">
      <h3 className="mb-3 text-table font-medium">Picture</h3>
      <ChoosePortrait
        src={ownPictureUrl(digest)}
        alt={alt || 'Your picture'}
        chooseWord={digest === null ? 'Choose a picture' : 'Choose another'}
        note="A square out of its middle stands on your page, beside your name and on cards. PNG, JPEG, GIF, WebP or AVIF, at most 10 MB."
        fault={fault}
        isBusy={isBusy}
        onFile={(file) => act(() => sendPortrait(file), 'Saved. Readers see it within 2 s.')}
      >
        {digest !== null && (
          <button
            type="button"
            disabled={isBusy}
            onClick={() => act(removePortrait, 'Taken away. Readers see it no more within 2 s.')}
            className="button button-plain"
          >
            Remove
          </button>
        )}
      </ChoosePortrait>
      <p role="status" className="mt-1 text-table text-paid empty:hidden">
        {done}
      </p>
    </div>
  )
}
