/** What a text comes to before anybody publishes it. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'

interface TextCounts {
  readonly blocks: number
  readonly words: number
  readonly previewWords: number
}

/** Zeros for a text that cannot be rendered; the editor says why. */
export async function countText(markdown: string, cutBlock: number): Promise<TextCounts> {
  const outcome = await webDeps().renderer.render({ markdown, cutBlock, pictures: new Map() })
  return outcome.kind === 'rendered' ? outcome.article : { blocks: 0, words: 0, previewWords: 0 }
}
