/** Takes one picture of an article: the bytes are the body. Answers its digest, or a sentence why not. */

import { findMember, findUser } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { readBody } from '#app/_server/http/read-body.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'
import { Fault } from '#lib/errors.ts'
import { attachPicture } from '#lib/paywall/resources/article/attach-picture.ts'
import { MAX_PICTURE_BYTES } from '#lib/paywall/resources/article/picture.ts'

type Context = { params: Promise<{ id: string }> }

export async function POST(request: Request, context: Context): Promise<Response> {
  try {
    await requireOwnOrigin()
  } catch (cause) {
    if (cause instanceof Fault) return Response.json({ message: cause.publicMessage }, { status: 403 })
    throw cause
  }
  const taken = await whileReachable(() => takePicture(request, context))
  return taken.kind === 'silent' ? silentAnswer() : taken.value
}

async function takePicture(request: Request, { params }: Context): Promise<Response> {
  const user = await findUser()
  if (user === null) return Response.json({ message: 'Sign in first. Your text is kept.' }, { status: 401 })
  const member = await findMember(user.userId)
  if (member === null) return Response.json({ message: 'There is nothing here.' }, { status: 404 })
  const bytes = await readBody(request, MAX_PICTURE_BYTES)
  if (bytes === null)
    return Response.json({ message: `A picture has at most ${MAX_PICTURE_BYTES / 1_000_000} MB.` }, { status: 413 })
  const attached = await attachPicture(webDeps(), { creatorId: member.creatorId, resourceId: (await params).id, bytes })
  if (attached.kind === 'unknown') return Response.json({ message: 'There is nothing here.' }, { status: 404 })
  if (attached.kind === 'invalid')
    return Response.json({ message: attached.fields.picture ?? 'This picture cannot be used.' }, { status: 422 })
  return Response.json({ digest: attached.digest }, { status: 201 })
}
