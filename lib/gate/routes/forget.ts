/** This browser forgets what it bought here: every cookie of ours is taken back, after its receipts were offered as one file. */

import { findGone } from '#lib/gate/answers/gone.ts'
import { coveredServices } from '#lib/gate/answers/grant.ts'
import { isOwnCookie, readCookies, setCookie } from '#lib/gate/credentials/receipt-cookie.ts'
import { verifyCredential } from '#lib/gate/credentials/verify.ts'
import { PRIVATE_FIELDS, TEXT_TYPE } from '#lib/gate/headers.ts'
import { type GateAnswer, type HeaderField, originOf } from '#lib/gate/request.ts'
import { cookieNames, readCookieValue } from '#lib/l402/credential.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { servicesOf } from '#lib/paywall/resources/snapshot.ts'
import { readInput } from './input.ts'
import { answerJson, type RouteContext, seeOther } from './route.ts'

/**
 * `POST /_l402/forget`, of this site's own pages. With `resource` (an id) only what opens that one; else credentials,
 * claim secrets and marks of what waits. A form must say `sure=yes`, else it is asked first.
 */
export async function forget(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readInput(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  if (input.form && input.fields.get('sure') !== 'yes') return seeOther('/_l402/forget')
  const resourceId = input.fields.get('resource')
  const names = resourceId === undefined ? listOwn(context) : listOpening(context, resourceId)
  const taken = names.flatMap((name) => takeBack(name, request.secure))
  return input.form ? seeOther('/_l402/purchases', taken) : answerJson(200, { state: 'forgotten' }, taken)
}

/** `GET /_l402/receipts`: what the cookies of this browser hold, as the text of one file. */
export function saveReceipts(context: RouteContext): GateAnswer {
  const body = listReceipts(context)
    .map(({ title, url, credential }) => `${context.creator.name}: ${title}\n${url}\n\n${credential}\n`)
    .join('\n')
  const name: HeaderField = ['Content-Disposition', 'attachment; filename="receipts.txt"']
  return { kind: 'answer', status: 200, headers: [TEXT_TYPE, name, ...PRIVATE_FIELDS], body }
}

/** `GET /_l402/forget`, for readers without JavaScript. */
export function showForget(context: RouteContext): GateAnswer | Promise<GateAnswer> {
  return context.deps.pages.forget(context, listReceipts(context).length)
}

function listReceipts({ deps, creator, request }: RouteContext) {
  const cookies = readCookies(request)
  return cookieNames(request.secure).flatMap((name) => {
    const candidate = readCookieValue(cookies.get(name) ?? '')
    if (candidate.kind === 'refused') return []
    const verdict = verifyCredential(deps, creator, candidate)
    const [macaroon] = candidate.macaroons
    if (verdict.kind !== 'verified' || macaroon === undefined || candidate.preimage === null) return []
    const opened = coveredServices(creator, verdict.token).flatMap((service) => creator.services.get(service) ?? [])
    const title = opened.map((resource) => resource.title).join(', ')
    const url = `${originOf(request)}/${opened[0]?.slug ?? ''}`
    return [{ title, url, credential: formatCredential(macaroon, candidate.preimage) }]
  })
}

function listOwn({ request }: RouteContext): string[] {
  return [...readCookies(request).keys()].filter((name) => isOwnCookie(request.secure, name))
}

/** A credential that opens others too goes as well: their receipts put it back. */
function listOpening({ deps, creator, request }: RouteContext, resourceId: string): string[] {
  const resource = creator.resources.find(({ id }) => id === resourceId)
  const gone = findGone(creator, resourceId)
  const services: ReadonlySet<string> = resource === undefined ? new Set(gone && [gone.service]) : servicesOf(resource)
  const cookies = readCookies(request)
  return cookieNames(request.secure).filter((name) => {
    const candidate = readCookieValue(cookies.get(name) ?? '')
    if (candidate.kind === 'refused') return false
    const verdict = verifyCredential(deps, creator, candidate)
    return verdict.kind === 'verified' && verdict.token.services.some(({ name }) => services.has(name))
  })
}

/** A cookie goes only at the path that it was set for, and a request does not say which that was. */
function takeBack(name: string, secure: boolean): HeaderField[] {
  const gone = { secure, maxAgeSeconds: 0 }
  return [setCookie(name, '', gone), setCookie(name, '', { ...gone, path: '/_l402/' })]
}
