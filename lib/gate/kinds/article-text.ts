/** An article as it is sold: whole without this host, since every address in it is absolute and opens with the same credential. */
import type { CatalogArticle } from '#lib/paywall/resources/article/article-store.ts'
import { picturePath } from '#lib/paywall/resources/article/picture.ts'

export interface SoldArticle {
  readonly slug: string
  readonly title: string
  readonly detail: Pick<CatalogArticle, 'pictures'>
}

/** How the source names a picture of its own article. */
const PICTURE = /image:([0-9a-f]{64})/g
/** A link in the source to another page of this host. */
const LINK = /(\]\(\s{0,4}<?)(\/(?!\/)[^\s)>]*)/g
/** In rendered HTML only pictures have addresses without a host (render-article.ts); a `<` in text, a `"` in a value are escaped. */
const PICTURE_TAG = /<img\b(?:[^<>"]|"[^"]*")*>/g
const SOURCES = / (src|srcset)="([^"]*)"/g
/** The address of each candidate of a set; of a single source, its address. */
const ADDRESS = /(^|,\s*)(?=\/(?!\/))/g

/** The Markdown under its title, which the source itself does not have. */
export function toSoldMarkdown({ slug, title, detail }: SoldArticle, source: string, origin: string): string {
  const text = source
    .replace(PICTURE, (reference, digest: string) => {
      const picture = detail.pictures.get(digest)
      return picture === undefined ? reference : `${origin}${picturePath(slug, digest, picture.mediaType)}`
    })
    .replace(LINK, (_, before: string, path: string) => `${before}${origin}${path}`)
  const heading = `# ${title.replace(/\s+/g, ' ').replace(/[\\`*_[\]<]/g, '\\$&')}`
  return text.trimStart().startsWith(`${heading}\n`) ? text : `${heading}\n\n${text}`
}

export function toSoldHtml(html: string, origin: string): string {
  return html.replace(PICTURE_TAG, (tag) =>
    tag.replace(SOURCES, (_, name: string, value: string) => ` ${name}="${value.replace(ADDRESS, `$1${origin}`)}"`),
  )
}
