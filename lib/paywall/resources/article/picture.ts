/** Where the pictures of an article are served, and how large one may be when it comes. */
import type { PicturePlace } from '#lib/content/clean-article.ts'
import type { PictureType } from '#lib/content/encode-picture.ts'
import type { ArticlePicture } from './picture-store.ts'

/**
 * Largest file that is read as a picture, in bytes: a photograph as telephones make them; readers are sent much less.
 * Next gives a route no more than 10 MiB of a body that has passed proxy.ts.
 */
export const MAX_PICTURE_BYTES = 10_000_000

const EXTENSIONS = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' } as const

/** Where a picture of the article `slug` is served on its creator's host. */
export function picturePath(slug: string, digest: string, mediaType: string): string {
  return `/${slug}/${digest}.${EXTENSIONS[mediaType as PictureType] ?? 'bin'}`
}

/** All that a page needs to show the pictures of the article `slug`, by digest. */
export function placesOf(slug: string, pictures: readonly ArticlePicture[]): Map<string, PicturePlace> {
  return new Map(
    pictures.map(({ digest, mediaType, width, height, smaller }) => [
      digest,
      {
        path: picturePath(slug, digest, mediaType),
        ...(width === null || height === null ? {} : { width, height }),
        smaller: smaller.map((copy) => ({
          path: picturePath(slug, copy.digest, copy.mediaType),
          width: copy.width ?? 0,
        })),
      },
    ]),
  )
}
