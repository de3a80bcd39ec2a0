'use client'
/** Copies a text and says so. */
import { useState } from 'react'
import { Icon } from './icon.tsx'

const SAID_MS = 2000

export function CopyButton({ text, label, word }: { text: string; label: string; word?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), SAID_MS)
  }
  return (
    <button
      type="button"
      onClick={() => void copy()}
      title={label}
      aria-label={word === undefined ? label : undefined}
      className={
        word === undefined
          ? 'flex size-6 items-center justify-center text-muted hover:text-text'
          : 'link flex items-center gap-1.5 text-table'
      }
    >
      <Icon name={isCopied ? 'check' : 'copy'} className="size-4.5!" />
      {word !== undefined && (isCopied ? 'Copied' : word)}
      <span aria-live="polite" className="sr-only">
        {isCopied ? 'Copied' : ''}
      </span>
    </button>
  )
}
