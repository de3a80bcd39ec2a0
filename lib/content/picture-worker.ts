/** The process that decodes one picture, and ends: what a picture does to it, it does to nothing else. */
import { encodePicture } from './encode-picture.ts'
import type { PictureWork } from './picture-encoder.ts'

process.once('message', async ({ bytes, shape }: PictureWork) => {
  const outcome = await encodePicture(bytes, shape)
  process.send?.(outcome, () => process.disconnect())
})
