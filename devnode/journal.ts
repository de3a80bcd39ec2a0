/** The node's only memory on disk: one JSON record per line, durable before anybody is told. */
import { type FileHandle, open } from 'node:fs/promises'

export interface Journal<R> {
  /** Queues a record; resolves when it, and all before it, are on disk. Records queued together share one fsync. */
  append(record: R): Promise<void>
  /** Resolves when everything queued so far is on disk: what may be shown then is what a restart would find. */
  flushed(): Promise<void>
  close(): Promise<void>
}

interface OpenedJournal<R> {
  readonly journal: Journal<R>
  /** What was on disk, in order, without a last line that a kill had torn. */
  readonly records: R[]
}

/**
 * Opens the file, or makes it. A torn last line is cut off: nobody was ever told of it. A broken line before the last
 * is damage and throws, naming the line, for this node must not make up a history.
 */
export async function openJournal<R>(
  path: string,
  options: { onFailure: (cause: unknown) => void },
): Promise<OpenedJournal<R>> {
  const file = await open(path, 'a+', 0o600)
  try {
    const records = await readRecords<R>(file, path)
    return { journal: createJournal<R>(file, options.onFailure), records }
  } catch (cause) {
    await file.close()
    throw cause
  }
}

async function readRecords<R>(file: FileHandle, path: string): Promise<R[]> {
  const text = await file.readFile('utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) {
    await file.truncate(Buffer.byteLength(whole))
    await file.datasync()
  }
  const lines = whole === '' ? [] : whole.slice(0, -1).split('\n')
  return lines.map((line, index) => parseLine<R>(line, `${path}:${index + 1}`))
}

function parseLine<R>(line: string, place: string): R {
  try {
    return JSON.parse(line) as R
  } catch (cause) {
    throw new TypeError(`${place} is damaged; move the folder away to start with a new node`, { cause })
  }
}

function createJournal<R>(file: FileHandle, onFailure: (cause: unknown) => void): Journal<R> {
  let waiting: string[] = []
  let isScheduled = false
  /** Settles when everything queued so far is on disk; batches follow one another. */
  let tail: Promise<void> = Promise.resolve()

  async function writeBatch(): Promise<void> {
    isScheduled = false
    const batch = waiting.join('')
    waiting = []
    await file.appendFile(batch)
    await file.datasync()
  }
  return {
    append(record) {
      waiting.push(`${JSON.stringify(record)}\n`)
      if (isScheduled) return tail
      isScheduled = true
      tail = tail.then(writeBatch)
      // A node that cannot write must not go on answering.
      tail.catch(onFailure)
      return tail
    },
    flushed: () => tail,
    async close() {
      await tail
      await file.close()
    },
  }
}
