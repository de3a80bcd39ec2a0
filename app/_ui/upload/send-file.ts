/** Sends a file by the tus protocol; the same file chosen again goes on where it stopped, after a reload too. */
import { type DetailedError, Upload } from 'tus-js-client'

export interface Sending {
  pause(): void
  resume(): void
  /** Gives the upload up, here and at the server. */
  drop(): void
}

export interface SendingEvents {
  onProgress(sent: number): void
  /** `sha256`: of what came, as the server counted it. */
  onDone(uploadId: string, sha256: string): void | Promise<void>
  /** `text`: what the server said; `null`: it could not be reached, and sending may go on later. */
  onFault(text: string | null): void
}

/** Next gives a route no more than 10 MiB of a body that has passed proxy.ts. */
const CHUNK_BYTES = 8 * 1024 * 1024
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000]
const CHECKSUM_FIELD = 'upload-sha256'

export function sendFile(file: File, events: SendingEvents): Sending {
  const upload = new Upload(file, {
    endpoint: '/uploads',
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, filetype: file.type },
    onProgress: (sent) => events.onProgress(sent),
    onSuccess: ({ lastResponse }) =>
      void events.onDone(upload.url?.split('/').at(-1) ?? '', lastResponse.getHeader(CHECKSUM_FIELD) ?? ''),
    onError: (cause) => events.onFault(sentenceOf(cause)),
  })
  const begin = async () => {
    const [before] = await upload.findPreviousUploads()
    if (before !== undefined) upload.resumeFromPreviousUpload(before)
    upload.start()
  }
  void begin()
  return {
    pause: () => void upload.abort(),
    resume: () => upload.start(),
    drop: () => void upload.abort(true).catch(() => undefined),
  }
}

/** A server that refuses says why; one that is away says nothing. */
function sentenceOf(cause: Error | DetailedError): string | null {
  const answer = 'originalResponse' in cause ? cause.originalResponse : null
  if (answer === null || answer === undefined || answer.getStatus() >= 500) return null
  return answer.getBody() || 'This file cannot be taken.'
}
