/** The picture of a creator, round, in the size that its place has. */
import type { ReaderPicture } from './props.ts'

interface PortraitProps {
  readonly picture: ReaderPicture
  /** In px. */
  readonly size: number
  /** Empty where the name stands beside it. */
  readonly alt: string
}

export function Portrait({ picture, size, alt }: PortraitProps) {
  // biome-ignore lint/performance/noImgElement: this is no Next page, and the picture comes in the one size that is needed
  return <img className="portrait" src={picture.path} width={size} height={size} alt={alt} />
}
