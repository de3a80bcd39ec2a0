/** Files on their way to us, taken by the tus protocol so that a broken upload goes on where it stopped; the only importer of @tus. */
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { MemoryLocker, Server } from '@tus/server'
import { UPLOADS } from './collect-uploads.ts'

export interface UploadFolder {
  /** Answers a request of the protocol (tus.io, version 1.0.0) for who `owner` speaks for. Passes on what `owner` throws. */
  answer(request: Request, owner: UploadOwner): Promise<Response>
  /** Bytes that are there of an upload; `null`: none ever came, or it was taken away. */
  stat(id: string): Promise<{ byteLength: number } | null>
  pathOf(id: string): string
  /** What is left of an upload whose bytes were taken away. */
  forget(id: string): Promise<void>
}

/** Whose uploads these are, and what becomes of them; a text that is answered is told to the sender, and ends the upload. */
export interface UploadOwner {
  newId(): string
  owns(id: string): Promise<boolean>
  begin(upload: { id: string; name: string; byteLength: number }): Promise<string | null>
  finish(upload: { id: string; claimed: string }): Promise<{ sha256: string } | string>
}

/** SHA-256 of all bytes as hex, with the answer to the last of them. */
export const CHECKSUM_FIELD = 'upload-sha256'

/** `contentFolder` as blob-folder.ts has it; `path`: of the requests. */
export function createUploadFolder(contentFolder: string, { path, maxBytes }: UploadFolderOptions): UploadFolder {
  const directory = join(contentFolder, UPLOADS)
  const locker = new MemoryLocker()
  // Made with the first request: nothing is written where nobody uploads.
  let store: FileStore | null = null
  const pathOf = (id: string) => join(directory, id)
  return {
    pathOf,
    async answer(request, owner) {
      store ??= new FileStore({ directory })
      const server = new Server({ ...hooksOf(owner), path, maxSize: maxBytes, datastore: store, locker })
      return server.handleWeb(request)
    },
    stat: (id) =>
      stat(pathOf(id)).then(
        ({ size }) => ({ byteLength: size }),
        () => null,
      ),
    async forget(id) {
      await Promise.all([pathOf(id), `${pathOf(id)}.json`].map((file) => rm(file, { force: true })))
    },
  }
}

interface UploadFolderOptions {
  readonly path: string
  readonly maxBytes: number
}

/** Told to the sender as it is. */
class UploadRefusal extends Error {
  readonly status_code: number
  readonly body: string

  constructor(status: number, text: string) {
    super(text)
    this.status_code = status
    this.body = text
  }
}

function hooksOf(owner: UploadOwner) {
  /** Asked for before there is anything to own. */
  const made = new Set<string>()
  return {
    relativeLocation: true,
    namingFunction: () => {
      const id = owner.newId()
      made.add(id)
      return id
    },
    async onIncomingRequest(_request: unknown, id: string) {
      if (!made.has(id) && !(await owner.owns(id))) throw new UploadRefusal(404, 'There is no such upload.')
    },
    async onUploadCreate(_request: unknown, { id, size, metadata }: Described) {
      if (size === undefined) throw new UploadRefusal(400, 'Say how many bytes come.')
      const refusal = await owner.begin({ id, name: metadata?.filename ?? '', byteLength: size })
      if (refusal !== null) throw new UploadRefusal(422, refusal)
      return {}
    },
    async onUploadFinish(_request: unknown, { id, metadata }: Described) {
      const finished = await owner.finish({ id, claimed: metadata?.filetype ?? '' })
      if (typeof finished === 'string') throw new UploadRefusal(422, finished)
      return { headers: { [CHECKSUM_FIELD]: finished.sha256 } }
    },
    onResponseError(_request: unknown, cause: Error | { status_code: number; body: string }) {
      // What is no answer of the protocol is told by who asked.
      if (!('status_code' in cause)) throw cause
      return undefined
    },
  }
}

interface Described {
  readonly id: string
  readonly size?: number | undefined
  readonly metadata?: Record<string, string | null> | undefined
}
