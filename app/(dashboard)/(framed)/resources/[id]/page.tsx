/** The editor of one article. */
import { readDraft } from '#app/_server/resources.ts'
import { requireMember } from '#app/_server/session.ts'
import { ContentEditor } from './content-editor.tsx'

export default async function ContentPage({ params }: { params: Promise<{ id: string }> }) {
  const member = await requireMember()
  const { draft, images, resource } = await readDraft(member, (await params).id)
  return <ContentEditor key={resource.id} resource={resource} draft={draft} images={images} />
}
