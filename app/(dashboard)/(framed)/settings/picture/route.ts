/** The creator's own picture: taken as the bytes of a body, shown to its owner, taken away. */
import { revalidatePath } from 'next/cache'
import { findMember, findUser, type Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { readBody } from '#app/_server/http/read-body.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'
import { Fault } from '#lib/errors.ts'
import { MAX_PORTRAIT_BYTES, removePicture, setPicture } from '#lib/paywall/creators/set-picture.ts'

/** Its address names the digest, so that another picture has another one. */
export async function GET(): Promise<Response> {
  return await asMember(async ({ pictureDigest }) => {
    const bytes = pictureDigest === null ? null : await webDeps().blobs.get(pictureDigest)
    if (bytes === null) return new Response(null, { status: 404 })
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': 'image/webp',
        'cache-control': 'private, max-age=3600',
        'content-security-policy': "default-src 'none'",
      },
    })
  })
}

/** 201, or a sentence why not. */
export async function POST(request: Request): Promise<Response> {
  return await fromOwnPage(() => asMember((member) => takePicture(request, member)))
}

export async function DELETE(): Promise<Response> {
  return await fromOwnPage(() =>
    asMember(async ({ creatorId }) => {
      await removePicture(webDeps(), creatorId)
      revalidatePath('/', 'layout')
      return new Response(null, { status: 204 })
    }),
  )
}

async function takePicture(request: Request, { creatorId }: Membership): Promise<Response> {
  const bytes = await readBody(request, MAX_PORTRAIT_BYTES)
  if (bytes === null) return tell(413, `A picture has at most ${MAX_PORTRAIT_BYTES / 1_000_000} MB.`)
  const set = await setPicture(webDeps(), { creatorId, bytes })
  if (set.kind === 'unknown') return tell(404, 'There is nothing here.')
  if (set.kind === 'invalid') return tell(422, set.fields.picture ?? 'This picture cannot be used.')
  revalidatePath('/', 'layout')
  return Response.json({ digest: set.digest }, { status: 201 })
}

async function fromOwnPage(act: () => Promise<Response>): Promise<Response> {
  try {
    await requireOwnOrigin()
  } catch (cause) {
    if (cause instanceof Fault) return tell(403, cause.publicMessage)
    throw cause
  }
  return await act()
}

/** For who has a creator; strangers hear what is missing, and a silent database is not their fault. */
async function asMember(act: (member: Membership) => Promise<Response>): Promise<Response> {
  const answer = await whileReachable(async () => {
    const user = await findUser()
    if (user === null) return tell(401, 'Sign in first.')
    const member = await findMember(user.userId)
    return member === null ? tell(404, 'There is nothing here.') : await act(member)
  })
  return answer.kind === 'silent' ? silentAnswer() : answer.value
}

function tell(status: number, message: string): Response {
  return Response.json({ message }, { status })
}
