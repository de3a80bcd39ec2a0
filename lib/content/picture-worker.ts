/** The process that decodes one picture, and ends: what a picture does to it, it does to nothing else. */
import { encodePicture } from './encode-picture.ts'

process.once('message', async (bytes: Uint8Array) => {
  const outcome = await encodePicture(bytes)
  process.send?.(outcome, () => process.disconnect())
})
