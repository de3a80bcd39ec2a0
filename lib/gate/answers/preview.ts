/** Whoever opens an address sees the part that is free; no invoice, no `WWW-Authenticate`: some clients pay whenever they see it. */
import type { GateDeps } from '#lib/gate/deps.ts'
import { CORS_FIELDS, PREVIEW_LINK, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { Asked } from '#lib/gate/kinds/kind.ts'
import type { GateAnswer, HeaderField } from '#lib/gate/request.ts'
import { answerContent } from './content.ts'

const FIELDS: readonly HeaderField[] = [PREVIEW_LINK, ...PRIVATE_FIELDS, ...CORS_FIELDS]

/** 200 with the page before paying. */
export async function answerPreview(deps: GateDeps, asked: Asked): Promise<GateAnswer> {
  const content = await deps.kinds.of(asked.resource).preview(asked)
  deps.views.count(asked)
  return answerContent(asked.request, content, { headers: FIELDS })
}
