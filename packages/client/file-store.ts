/** Tokens in one file that only its owner can read, written whole or not at all. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { ClientFault } from './client-fault.ts'
import { createMemoryStore, type StoredToken, type TokenStore } from './token-store.ts'

/**
 * The file is made before the first payment: `prepare` writes what is there already, in the way `save` will write, so
 * that a missing folder, a full disk or a read-only mount refuses while nothing is paid yet. Every act reads the file
 * anew, so that processes side by side find and keep each other's tokens.
 * Throws `ClientFault` store-unreadable, also for a file that cannot be understood, for what was paid for must not be
 * overwritten; and store-unwritable.
 */
export function createFileStore(path: string): TokenStore {
  let last: Promise<void> = Promise.resolve()
  const rewrite = (token: StoredToken | null): Promise<void> => {
    const act = async () => {
      const tokens = createMemoryStore(await readTokens(path))
      if (token !== null) await tokens.save(token)
      await writeTokens(path, tokens.list())
    }
    last = last.then(act, act)
    return last
  }
  return {
    find: async (host) => createMemoryStore(await readTokens(path)).find(host),
    prepare: () => rewrite(null),
    save: (token) => rewrite(token),
  }
}

async function readTokens(path: string): Promise<StoredToken[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    const sentence = `the token file ${path} cannot be read (${cause.code}); name a file that you may read and write`
    throw new ClientFault('store-unreadable', sentence, { cause })
  })
  if (text === null) return []
  const value: unknown = parseJson(text)
  const tokens = typeof value === 'object' && value !== null && 'tokens' in value ? value.tokens : null
  if (!Array.isArray(tokens) || !tokens.every(isStoredToken)) {
    const sentence = `the file ${path} is not a token store; name another one, or one that is not there yet`
    throw new ClientFault('store-unreadable', sentence)
  }
  return tokens
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isStoredToken(value: unknown): value is StoredToken {
  if (typeof value !== 'object' || value === null) return false
  const { host, services, credential } = value as Record<string, unknown>
  const hasNames = Array.isArray(services) && services.every((name) => typeof name === 'string')
  return typeof host === 'string' && typeof credential === 'string' && hasNames
}

/** The name beside the file is new each time: two processes must not rename each other's half-written copies. */
async function writeTokens(path: string, tokens: readonly StoredToken[]): Promise<void> {
  const copy = `${path}.${randomUUID()}.new`
  try {
    await writeFile(copy, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(copy, path)
  } catch (cause) {
    await rm(copy, { force: true }).catch(() => undefined)
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown'
    const sentence = `the token file ${path} cannot be written (${code}); make its folder, let it be written to, or name another file`
    throw new ClientFault('store-unwritable', sentence, { cause })
  }
}
