/** The text of an OpenAPI document, JSON or YAML, as rules; read in the browser, so nothing of it is sent anywhere. */
import { parse, YAMLParseError } from 'yaml'
import { type ReadOpenApi, readOpenApi } from '#lib/paywall/resources/api/read-openapi.ts'

export const MAX_DOCUMENT_BYTES = 2_000_000
/** A document may repeat itself by names; one that does so without end would fill the memory (a "billion laughs"). */
const MAX_ALIASES = 100

export function parseDocument(text: string): ReadOpenApi {
  if (text.length > MAX_DOCUMENT_BYTES) return refuse('The document is larger than 2 MB.')
  if (text.trim() === '') return refuse('Paste a document, or choose a file.')
  try {
    // JSON is read by the quicker of the two.
    return readOpenApi(
      text.trimStart().startsWith('{') ? parseJson(text) : parse(text, { maxAliasCount: MAX_ALIASES, merge: true }),
    )
  } catch (cause) {
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined
    const place = line === undefined ? '' : ` Look at line ${line}.`
    return refuse(`This is neither JSON nor YAML that can be read.${place}`)
  }
}

/** What begins with a brace may be YAML all the same. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parse(text, { maxAliasCount: MAX_ALIASES })
  }
}

function refuse(message: string): ReadOpenApi {
  return { kind: 'refused', message }
}
