/** Runs one Node program to its end, silently unless it fails, and never beyond the end of this process. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endProcess, markOf } from '#scripts/start/processes.ts'
import { Stop } from '#scripts/start/stop.ts'

const root = join(import.meta.dirname, '../..')
const lifeline = join(root, 'scripts/start/lifeline.mjs')
const KEPT_LINES = 40
const GRACE_MS = 1_500

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Ends the program, with everything it started, when aborted. */
  readonly signal?: AbortSignal
  /** Told each line of its standard output. */
  readonly onLine?: (line: string) => void
}

/** Compiled code of our programs and their packages; measured on a busy machine, a copy starts in 4.9 s instead of 5.6. */
const COMPILE_CACHE = join(root, 'node_modules/.cache/satstile-code')

/** What every program of ours may see of the person's environment: how to find programs, a home, a language. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'USER',
    'TMPDIR',
    'TZ',
    'LANG',
    'LC_ALL',
    'SystemRoot',
    'TEMP',
    'COMSPEC',
    'PATHEXT',
    'APPDATA',
  ]
  const present = names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { NODE_ENV: 'production', NODE_COMPILE_CACHE: COMPILE_CACHE, ...Object.fromEntries(present) }
}

/** Throws `Stop` with the last lines the program printed when it fails. */
export async function runProgram(
  title: string,
  argumentsOfNode: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const child = spawn(process.execPath, ['--import', lifeline, ...argumentsOfNode], {
    cwd: root,
    env: { ...plainEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own when it is ours to end, so that what it started ends with it.
    detached: options.signal !== undefined,
  })
  const mark = markOf(child.pid ?? 0)
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) =>
    options.onLine ? options.onLine(line) : said.push(line),
  )
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end) => resolve(end))
  })
  const called = options.signal && whenAborted(options.signal).then(() => endProcess(mark, 'SIGTERM', GRACE_MS))
  const [code, signal] = await closed
  if (options.signal?.aborted) await called
  else if (code !== 0)
    throw new Stop(
      [`${title} failed (${signal ?? `exit code ${code}`}). It said:`, ...said.slice(-KEPT_LINES)].join('\n'),
    )
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
