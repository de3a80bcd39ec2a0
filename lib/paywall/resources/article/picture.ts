/** Where the pictures of an article are served, and how large one may be when it comes. */
import type { PicturePlace } from '#lib/content/clean-article.ts'
import type { PictureType } from '#lib/content/encode-picture.ts'
import type { ArticlePicture, PictureStorage } from './picture-store.ts'

/**
 * Largest file that is read as a picture, in bytes: a photograph as telephones make them; readers are sent much less.
 * Next gives a route no more than 10 MiB of a body that has passed proxy.ts.
 */
export const MAX_PICTURE_BYTES = 10_000_000

/** What one creator may keep: some hundred articles full of photographs. */
export const PICTURE_QUOTA: PictureStorage = { pictures: 5_000, bytes: 2_000_000_000 }

/** Why a picture of `bytes`, with its copies, does not fit beside what is there; `null`: it does. */
export function findOverrun(used: PictureStorage, bytes: number, quota: PictureStorage): string | null {
  if (used.pictures + 1 > quota.pictures) return `You can keep ${quota.pictures.toLocaleString('en-US')} pictures.`
  if (used.bytes + bytes <= quota.bytes) return null
  const inMb = (count: number) => Math.floor(count / 1_000_000).toLocaleString('en-US')
  return `Your pictures can take ${inMb(quota.bytes)} MB together, and take ${inMb(used.bytes)} MB now.`
}

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
