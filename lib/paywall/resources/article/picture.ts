/** Which pictures an article may hold, recognised by their first bytes and never by a name or a header. */

/** Largest picture, in bytes. */
export const MAX_PICTURE_BYTES = 5_000_000

/** No SVG: it is a document that can hold scripts. */
const EXTENSIONS = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp' } as const
export type PictureType = keyof typeof EXTENSIONS

/** The media type that the bytes begin with; null: no picture that readers are sent. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | null {
  const begins = (at: number, text: string) =>
    [...text].every((char, index) => bytes[at + index] === char.charCodeAt(0))
  if (begins(0, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (begins(0, '\xff\xd8\xff')) return 'image/jpeg'
  if (begins(0, 'GIF87a') || begins(0, 'GIF89a')) return 'image/gif'
  if (begins(0, 'RIFF') && begins(8, 'WEBP')) return 'image/webp'
  return null
}

/** Where a picture of the article `slug` is served on its creator's host. */
export function picturePath(slug: string, digest: string, mediaType: string): string {
  return `/${slug}/${digest}.${EXTENSIONS[mediaType as PictureType] ?? 'bin'}`
}
