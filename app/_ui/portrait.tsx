/** A creator's picture, round; without one, the disc with two waves. */
import { CreatorDisc } from './icon.tsx'

interface PortraitProps {
  /** `null`: there is none. */
  readonly src: string | null
  /** In px. */
  readonly size: number
  /** Empty where the name stands beside it. */
  readonly alt: string
}

export function Portrait({ src, size, alt }: PortraitProps) {
  if (src === null) return <CreatorDisc size={size} />
  // biome-ignore lint/performance/noImgElement: it comes in the one size that is needed
  return <img src={src} width={size} height={size} alt={alt} className="shrink-0 rounded-full bg-sunken object-cover" />
}

/** Where the owner of a picture sees it. */
export function ownPictureUrl(digest: string | null): string | null {
  return digest === null ? null : `/settings/picture?of=${digest}`
}
