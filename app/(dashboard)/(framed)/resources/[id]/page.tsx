/** What is sold: an article in its editor, a file, a page, or an API by its rules. */

import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readContent } from '#app/_server/reads/resources.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { ContentEditor } from './content-editor.tsx'
import { FileTab } from './file-tab.tsx'
import { PageContent } from './page-content.tsx'
import { RulesTab } from './rules-tab.tsx'

export default async function ContentPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: asked } = await params
  const read = await whileReachable(async () => readContent(await requireMember(), asked))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const content = read.value
  if (content.kind === 'api') {
    const { id, address, rules, publishedAt } = content.api
    return <RulesTab key={id} api={{ id, address, rules, publishedAt }} />
  }
  if (content.kind === 'file') return <FileTab key={content.file.id} file={content.file} most={content.most} />
  if (content.kind === 'page') return <PageContent key={content.page.id} page={content.page} />
  const { resource, ...editing } = content.editing
  return <ContentEditor key={resource.id} resource={resource} {...editing} />
}
