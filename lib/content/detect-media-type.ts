/** What a file is by its bytes; what its name or its sender says counts only where the bytes say nothing. */
import { fileTypeFromFile } from 'file-type'

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/
const UNKNOWN = 'application/octet-stream'
const MAX_LENGTH = 100
/** Told by their first bytes, so one that is claimed and not found there is no such thing. */
const TOLD_BY_BYTES = /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|zip)$)/

/** Lower case, without parameters. `claimed`: what a browser made of the name. Throws when the disk cannot be read. */
export async function detectMediaType(path: string, claimed: string): Promise<string> {
  const found = await fileTypeFromFile(path)
  const named = claimed.toLowerCase().split(';')[0]?.trim() ?? ''
  const type = found?.mime ?? (TOLD_BY_BYTES.test(named) ? UNKNOWN : named)
  return type.length <= MAX_LENGTH && MEDIA_TYPE.test(type) ? type : UNKNOWN
}
