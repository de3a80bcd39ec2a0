/** `GET /_l402/card/<slug>.png`, `/_l402/picture/<digest>.webp` and `/favicon.ico`: the pictures that stand for an article, its creator, and the site. */
import { answerContent } from '#lib/gate/answers/content.ts'
import { PUBLIC_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import type { RouteContext } from './route.ts'

export async function answerCard({ deps, creator, request, parameter }: RouteContext): Promise<GateAnswer> {
  const resource = creator.bySlug.get(parameter)
  if (resource === undefined) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  return answerContent(request, await deps.pages.card(creator, resource), { headers: PUBLIC_FIELDS })
}

/** The present one alone: what a creator took away is sent to nobody. */
export async function answerPortrait({ deps, creator, request, parameter }: RouteContext): Promise<GateAnswer> {
  const portrait = creator.picture?.digest === parameter ? await deps.pages.portrait(creator) : null
  if (portrait === null) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  return answerContent(request, portrait, { headers: PUBLIC_FIELDS })
}

/** Asked for by those who do not read the page that names it. */
export function answerIcon({ deps, creator, request }: RouteContext): GateAnswer | Promise<GateAnswer> {
  const icon = deps.pages.icon(request)
  return icon ?? deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
}
