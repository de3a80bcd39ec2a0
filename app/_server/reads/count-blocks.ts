/** How many blocks a text has, so that a first cut can be placed. */
import { renderArticle } from '#lib/content/render-article.ts'

/** 0 for a text that cannot be rendered; the editor then says why. */
export function countBlocks(markdown: string): number {
  try {
    return renderArticle(markdown, { cutBlock: 0, picturePath: () => null }).blocks
  } catch {
    return 0
  }
}
