/** Tokens in one file that only its owner can read, written whole or not at all. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createMemoryStore, type StoredToken, type TokenStore } from './token-store.ts'

/** The file is made at the first purchase. One that cannot be understood throws, for what was paid for must not be lost. */
export function createFileStore(path: string): TokenStore {
  const opened = readTokens(path).then(createMemoryStore)
  let writing: Promise<void> = Promise.resolve()
  // Nobody may be listening yet; the same failure meets every call.
  opened.catch(() => undefined)
  return {
    find: async (host) => (await opened).find(host),
    async save(token) {
      const memory = await opened
      await memory.save(token)
      writing = writing.then(() => writeTokens(path, memory.list()))
      await writing
    },
  }
}

async function readTokens(path: string): Promise<StoredToken[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
  if (text === null) return []
  const value: unknown = parseJson(text)
  const tokens = typeof value === 'object' && value !== null && 'tokens' in value ? value.tokens : null
  if (!Array.isArray(tokens) || !tokens.every(isStoredToken)) throw new TypeError(`${path} is not a token store`)
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

async function writeTokens(path: string, tokens: readonly StoredToken[]): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
