/** What was asked for, once host and path are known, with the judgement of it. */

import { readCredentials } from '#lib/l402/credential.ts'
import type { TokenRequest } from '#lib/l402/satisfier.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import type { GateDeps } from './deps.ts'
import { type Judgement, judge } from './judge.ts'
import { chooseArticleForm } from './media.ts'
import { type ArticleForm, findHeader, type GateRequest } from './request.ts'

export interface Asked {
  readonly request: GateRequest
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  /** Lower-case hex digest of one picture of the article; `null`: the article. */
  readonly picture: string | null
  /** The path of the article that a page asks for by name, from an address of ours. */
  readonly wanted?: string
}

/** Every credential of the request against this snapshot. */
export function judgeAsked(deps: GateDeps, asked: Asked): Judgement {
  const { request, creator, resource } = asked
  return judge(deps, {
    creator,
    resource,
    headers: request.headers,
    credentials: readCredentials(request.headers, { secureCookies: request.secure, method: request.method }),
    request: tokenRequest(deps, asked),
  })
}

/** What a request shows to the conditions of a token; `wanted` stands for the path where a page asks by name. */
export function tokenRequest(deps: Pick<GateDeps, 'clock'>, { request, wanted }: Asked): TokenRequest {
  return {
    now: deps.clock.now(),
    // A page that asks for an invoice wants to read.
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    path: wanted ?? request.path,
    tier: 0,
    capability: 'read',
    address: request.address,
    origin: findHeader(request, 'origin'),
  }
}

/** `judgement` again with a younger snapshot, when a token names a key that this one lacks: the key may be a moment old. */
export async function judgeWithYoungKeys(
  deps: GateDeps,
  asked: Asked,
  judgement: Judgement,
): Promise<{ asked: Asked; judgement: Judgement }> {
  if (judgement.kind !== 'short' || !judgement.isKeyUnknown) return { asked, judgement }
  // Without Postgres the present picture stands: who holds a good credential is not kept waiting for it.
  const creator = await deps.catalog.refresh(asked.request.host).catch(() => null)
  const resource = creator?.resources.find(({ id }) => id === asked.resource.id)
  if (creator === null || creator === asked.creator || resource === undefined) return { asked, judgement }
  const young = { ...asked, creator, resource }
  return { asked: young, judgement: judgeAsked(deps, young) }
}

/** The form of the article that a request's `Accept` asks for. */
export function formOf(request: GateRequest): ArticleForm {
  return chooseArticleForm(findHeader(request, 'accept'))
}
