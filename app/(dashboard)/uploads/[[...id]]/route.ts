/** Takes a file by the tus protocol: begun, added to, asked after and given up; whole, it is in the content folder with its checksum. */
import { findMember, findUser } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'
import { CHECKSUM_FIELD, type UploadOwner } from '#lib/content/upload-folder.ts'
import { Fault } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { beginUpload } from '#lib/paywall/resources/file/begin-upload.ts'
import { finishUpload } from '#lib/paywall/resources/file/finish-upload.ts'
import { deleteUpload, findUpload, type Upload } from '#lib/paywall/resources/file/upload-store.ts'

type Context = { params: Promise<{ id?: string[] }> }

const UPLOAD_ID = /^upl_[0-9a-z]{26}$/

export const POST = answer
export const PATCH = answer
export const HEAD = answer
export const DELETE = answer

async function answer(request: Request, context: Context): Promise<Response> {
  try {
    if (request.method !== 'HEAD') await requireOwnOrigin()
  } catch (cause) {
    if (cause instanceof Fault) return tell(403, cause.publicMessage)
    throw cause
  }
  const taken = await whileReachable(() => take(request, context))
  return taken.kind === 'silent' ? silentAnswer() : taken.value
}

async function take(request: Request, { params }: Context): Promise<Response> {
  const user = await findUser()
  if (user === null) return tell(401, 'Sign in first. What came so far is kept for a day.')
  const member = await findMember(user.userId)
  const [id, ...rest] = (await params).id ?? []
  const isWellFormed = id === undefined ? request.method === 'POST' : UPLOAD_ID.test(id) && request.method !== 'POST'
  if (member === null || rest.length > 0 || !isWellFormed) return tell(404, 'There is nothing here.')
  const { creatorId } = member
  if (request.method === 'HEAD' && id !== undefined) {
    const whole = await findWhole(creatorId, id)
    if (whole !== null) return whole
  }
  const answered = await webDeps().uploads.answer(request, ownerOf(creatorId))
  if (request.method === 'DELETE' && id !== undefined && answered.status === 204) {
    await webDeps().db.asCreator(creatorId, (tx) => deleteUpload(tx, { creatorId, uploadId: id }))
  }
  return answered
}

function ownerOf(creatorId: string): UploadOwner {
  const key = (uploadId: string) => ({ creatorId, uploadId })
  return {
    newId: () => newId('upl'),
    owns: async (id) => (await find(creatorId, id)) !== null,
    async begin({ id, ...upload }) {
      const begun = await beginUpload(webDeps(), { ...key(id), ...upload })
      return begun.kind === 'begun' ? null : begun.kind === 'invalid' ? (begun.fields.file ?? REFUSED) : REFUSED
    },
    async finish({ id, claimed }) {
      const { uploads } = webDeps()
      const finished = await finishUpload(webDeps(), { ...key(id), path: uploads.pathOf(id), claimed })
      if (finished.kind === 'unknown') return REFUSED
      if (finished.kind === 'invalid') return finished.fields.file ?? REFUSED
      await uploads.forget(id)
      return { sha256: finished.digest }
    },
  }
}

/** All bytes came, and the answer to the last of them may have been lost: the sender hears it again. */
async function findWhole(creatorId: string, id: string): Promise<Response | null> {
  const upload = await find(creatorId, id)
  if (upload === null) return null
  const sha256 = upload.stored?.digest ?? (await finishLate(creatorId, id, upload))
  if (sha256 === null) return null
  const headers = {
    'tus-resumable': '1.0.0',
    'cache-control': 'no-store',
    'upload-offset': String(upload.byteLength),
    'upload-length': String(upload.byteLength),
    [CHECKSUM_FIELD]: sha256,
  }
  return new Response(null, { status: 200, headers })
}

/** The last byte was written, and what follows was cut off. */
async function finishLate(creatorId: string, id: string, { byteLength }: Upload): Promise<string | null> {
  const there = await webDeps().uploads.stat(id)
  if (there?.byteLength !== byteLength) return null
  const finished = await ownerOf(creatorId).finish({ id, claimed: '' })
  return typeof finished === 'string' ? null : finished.sha256
}

function find(creatorId: string, uploadId: string): Promise<Upload | null> {
  return webDeps().db.asCreator(creatorId, (tx) => findUpload(tx, { creatorId, uploadId }))
}

const REFUSED = 'This file cannot be taken.'

function tell(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'tus-resumable': '1.0.0', 'cache-control': 'no-store' } })
}
