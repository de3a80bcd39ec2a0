'use client'
/** Sends a creator's picture, or takes it away; answers a sentence when it could not be done. */
import { isString, object } from './json-guard.ts'

const isRefused = object<{ message: string }>({ message: isString })
const LOST = 'The picture did not arrive. Nothing was changed; try again.'
/** More is not even read (set-picture.ts). */
const MAX_BYTES = 10_000_000

/** `null`: it is there. */
export async function sendPortrait(file: File): Promise<string | null> {
  if (file.size > MAX_BYTES) return 'A picture has at most 10 MB.'
  return await send({ method: 'POST', body: file, headers: { 'content-type': 'application/octet-stream' } })
}

/** `null`: there is none any more. */
export async function removePortrait(): Promise<string | null> {
  return await send({ method: 'DELETE' })
}

async function send(init: RequestInit): Promise<string | null> {
  try {
    const response = await fetch('/settings/picture', init)
    if (response.ok) return null
    const answer: unknown = await response.json()
    return isRefused(answer) ? answer.message : LOST
  } catch {
    return LOST
  }
}
