/** The second door as its routes find it: there in a process of the role `door`, and in no other. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readWebRole } from '#lib/config.ts'
import type { Door, DoorBundle } from '#lib/door.ts'

/** Next keeps several copies of a module in one process. */
const shared = globalThis as typeof globalThis & { satstileDoor?: Promise<Door> }

/** `null`: this process is the dashboard, which holds no key and loads nothing of the gate. */
export async function findDoor(): Promise<Door | null> {
  if (readWebRole() !== 'door') return null
  shared.satstileDoor ??= openDoor()
  return await shared.satstileDoor
}

/** Built beside Next's own bundles: React's renderer for readers' pages is not allowed in those. */
async function openDoor(): Promise<Door> {
  const file = pathToFileURL(join(process.cwd(), 'dist/door.mjs')).href
  const bundle: DoorBundle = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ file)
  return await bundle.openDoor()
}
