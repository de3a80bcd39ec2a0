/** Encodes pictures for a server, each in a process of its own that is ended when it takes too long. */
import { fork } from 'node:child_process'
import { Fault } from '#lib/errors.ts'
import type { PictureOutcome, PictureShape } from './encode-picture.ts'

export interface PictureEncoder {
  /** One picture at a time. A picture that cannot be read is an outcome. Throws `Fault('queue.full')` when too many wait. */
  encode(bytes: Uint8Array, shape?: PictureShape): Promise<PictureOutcome>
}

/** What its process is sent. */
export interface PictureWork {
  readonly bytes: Uint8Array
  readonly shape: PictureShape
}

export interface EncoderOptions {
  /** `picture-worker.ts`, or what the build made of it. */
  readonly workerFile: string
  readonly limitMs?: number
}

const LIMIT_MS = 20_000
const MAX_WAITING = 8
const TOO_SLOW: PictureOutcome = { kind: 'refused', message: 'This picture takes too long to read. Make it smaller.' }

export function createPictureEncoder({ workerFile, limitMs = LIMIT_MS }: EncoderOptions): PictureEncoder {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    encode(bytes, shape = 'whole') {
      if (waiting >= MAX_WAITING) return Promise.reject(new Fault('queue.full', 'too many pictures wait to be encoded'))
      waiting += 1
      const outcome = last
        .then(() => encodeApart(workerFile, { bytes, shape }, limitMs))
        .finally(() => {
          waiting -= 1
        })
      last = outcome.catch(() => undefined)
      return outcome
    },
  }
}

/** The child has none of this process's secrets, hooks or files. */
function encodeApart(workerFile: string, work: PictureWork, limitMs: number): Promise<PictureOutcome> {
  return new Promise((resolve) => {
    const child = fork(workerFile, {
      execArgv: [],
      env: { NODE_ENV: 'production' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    const settle = (outcome: PictureOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    child.once('message', (outcome) => settle(outcome as PictureOutcome))
    // Killed for its time or by the picture itself; after an answer this changes nothing.
    child.once('exit', () => settle(TOO_SLOW))
    child.once('error', () => settle(TOO_SLOW))
    child.send(work, () => undefined)
  })
}
