/** `GET /_l402/card/<slug>.png` and `/favicon.ico`: the pictures that stand for an article, and for the site. */
import { answerContent } from '#lib/gate/answers/content.ts'
import { PUBLIC_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import type { RouteContext } from './route.ts'

export async function answerCard({ deps, creator, request, parameter }: RouteContext): Promise<GateAnswer> {
  const resource = creator.bySlug.get(parameter)
  if (resource === undefined) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  return answerContent(request, await deps.pages.card(creator, resource), { headers: PUBLIC_FIELDS })
}

/** Asked for by those who do not read the page that names it. */
export function answerIcon({ deps, creator, request }: RouteContext): GateAnswer | Promise<GateAnswer> {
  const icon = deps.pages.icon(request)
  return icon ?? deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
}
