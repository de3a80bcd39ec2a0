/** Follows one challenge until it is settled, canceled or unknown: by event stream, by polling where streams fail. */
import { send } from './host.ts'

type WatchedState = 'open' | 'settled' | 'expired' | 'canceled' | 'unknown'

export interface Watch {
  readonly challenge: string
  readonly secret: string
  readonly onState: (state: WatchedState) => void
}

const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 10_000

/**
 * Calls `onState` with every state heard; ends after `settled`, `canceled` or `unknown`. A phone freezes the page while its
 * wallet is in front, so coming back asks at once instead of trusting a stream that may be dead.
 */
export function watchChallenge(watch: Watch): void {
  let isOver = false
  const hear = (state: WatchedState | null) => {
    if (isOver || state === null) return
    isOver = state === 'settled' || state === 'canceled' || state === 'unknown'
    if (isOver) document.removeEventListener('visibilitychange', onReturn)
    watch.onState(state)
  }
  const onReturn = () => {
    if (!document.hidden) void poll(watch, 0).then(hear)
  }
  document.addEventListener('visibilitychange', onReturn)
  void follow(watch, hear, () => isOver)
}

async function follow(watch: Watch, hear: (state: WatchedState | null) => void, isOver: () => boolean): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS
  hear(await poll(watch, 0))
  while (!isOver()) {
    const didStream = await stream(watch, hear)
    if (isOver()) return
    const state = didStream ? null : await poll(watch, 25)
    hear(state)
    pauseMs = didStream || state !== null ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

/** True when the stream was there, whatever ended it. `EventSource` cannot send the claim secret, hence by hand. */
async function stream(watch: Watch, hear: (state: WatchedState | null) => void): Promise<boolean> {
  try {
    const response = await fetch(`/_l402/challenge/${watch.challenge}/events`, {
      headers: { Accept: 'text/event-stream', 'L402-Claim': watch.secret },
      cache: 'no-store',
    })
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') ?? false
    if (!response.ok || !isStream || !response.body) return false
    await readEvents(response.body, (data) => hear(readState(data)))
    return true
  } catch {
    return false
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, onData: (data: string) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  let rest = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) onData(line.slice(5).trim())
  }
}

function readState(data: string): WatchedState | null {
  try {
    return toState((JSON.parse(data) as { state?: unknown } | null)?.state)
  } catch {
    return null
  }
}

async function poll(watch: Watch, waitSeconds: number): Promise<WatchedState | null> {
  const query = waitSeconds > 0 ? `?wait=${waitSeconds}` : ''
  const { status, body } = await send(`/_l402/challenge/${watch.challenge}${query}`, {
    headers: { 'L402-Claim': watch.secret },
  })
  if (status === 403 || status === 404 || status === 410) return 'unknown'
  return toState(body.state)
}

function toState(value: unknown): WatchedState | null {
  return value === 'open' || value === 'settled' || value === 'expired' || value === 'canceled' ? value : null
}
