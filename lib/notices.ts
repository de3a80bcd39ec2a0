/** Small hints between processes over LISTEN and NOTIFY of Postgres; any of them may be lost, so every user also polls. */
import pg from 'pg'
import { describeCause, type Log } from './log.ts'

/**
 * What a hint is about. `settled`: a challenge was paid (`<creator>/<challenge>`). `changed`: a creator's catalog, keys
 * or revocations changed (`<creator>`). `sighted`: a credential was seen for the first time. `asked`: somebody waits
 * for this payment hash (hex). `tried`: a seller tries a request at an API of theirs (`<creator>`).
 */
type Topic = 'settled' | 'changed' | 'sighted' | 'asked' | 'tried'

export interface Notices {
  /** Sends a hint to every process that listens, this one included. Never throws: a hint that cannot be sent is lost. */
  publish(topic: Topic, key: string): Promise<void>
  /** Calls `listener` for every hint from now on; answers how to stop that. A listener must not throw. */
  subscribe(topic: Topic, listener: (key: string) => void): () => void
  close(): Promise<void>
}

const TOPICS: readonly Topic[] = ['settled', 'changed', 'sighted', 'asked', 'tried']
const CHANNEL_PREFIX = 'satstile_'
/** More than this many unsent hints are not worth keeping: whoever waits polls. */
const UNSENT_LIMIT = 10_000
const BACKOFF_FIRST_MS = 100
const BACKOFF_LAST_MS = 5_000

interface Hint {
  readonly topic: Topic
  readonly key: string
}

/** Connects in the background and again whenever the connection is lost, for as long as it is open. */
export function openNotices(options: { url: string; log?: Log }): Notices {
  const listeners = new Map<Topic, Set<(key: string) => void>>(TOPICS.map((topic) => [topic, new Set()]))
  const connection = keepConnected(options, (hint) => {
    for (const listener of listeners.get(hint.topic) ?? []) listener(hint.key)
  })
  const sender = createSender(connection)
  return {
    publish: (topic, key) => sender.send({ topic, key }),
    subscribe(topic, listener) {
      listeners.get(topic)?.add(listener)
      return () => listeners.get(topic)?.delete(listener)
    },
    async close() {
      await sender.finish()
      await connection.close()
    },
  }
}

interface Connection {
  /** The client while it is connected. */
  current(): pg.Client | null
  close(): Promise<void>
}

function keepConnected(options: { url: string; log?: Log }, onHint: (hint: Hint) => void): Connection {
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let backoffMs = BACKOFF_FIRST_MS

  const retryLater = () => {
    client = null
    if (closed || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void connect()
    }, backoffMs)
    backoffMs = Math.min(BACKOFF_LAST_MS, backoffMs * 2)
  }

  const connect = async () => {
    const next = new pg.Client({
      connectionString: options.url,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
      keepAlive: true,
    })
    next.on('error', () => undefined)
    next.on('end', retryLater)
    next.on('notification', ({ channel, payload }) => {
      const topic = TOPICS.find((name) => channel === CHANNEL_PREFIX + name)
      if (topic !== undefined && payload !== undefined) onHint({ topic, key: payload })
    })
    try {
      await next.connect()
      // No hint is worth waiting for the disk: this session's commits carry nothing else.
      await next.query('set synchronous_commit = off')
      await next.query(TOPICS.map((topic) => `listen ${CHANNEL_PREFIX}${topic}`).join('; '))
      client = next
      backoffMs = BACKOFF_FIRST_MS
      if (closed) await next.end()
    } catch (cause) {
      options.log?.debug('notices are not connected', { cause: describeCause(cause) })
      await next.end().catch(() => undefined)
      retryLater()
    }
  }

  const first = connect()
  return {
    current: () => client,
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await first
      await client?.end().catch(() => undefined)
    },
  }
}

/** Sends hints in order; those that gather while one statement is under way go together in the next. */
function createSender(connection: Connection): { send(hint: Hint): Promise<void>; finish(): Promise<void> } {
  let unsent: Hint[] = []
  let sending: Promise<void> | null = null

  const sendAll = async () => {
    while (unsent.length > 0) {
      const batch = unsent
      unsent = []
      await connection
        .current()
        ?.query('select pg_notify($1 || topic, key) from unnest($2::text[], $3::text[]) as hint(topic, key)', [
          CHANNEL_PREFIX,
          batch.map((hint) => hint.topic),
          batch.map((hint) => hint.key),
        ])
        .catch(() => undefined)
    }
    sending = null
  }

  return {
    send(hint) {
      if (unsent.length < UNSENT_LIMIT) unsent.push(hint)
      sending ??= sendAll()
      return sending
    },
    finish: () => sending ?? Promise.resolve(),
  }
}
