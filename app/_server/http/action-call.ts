/** A call of an action is small and plain, or refused: Next answers what it cannot take apart by 500. */

/** Our actions are sent an object with a few members; a list of a million zeros or of lists in lists is no call of ours. */
const MAX_VALUES = 256
const MAX_PARTS = 32

/** Whether `text` is a JSON list of few values, none of which points at something that was not sent with it. */
export function isReadableCall(text: string): boolean {
  let values = 0
  try {
    const list: unknown = JSON.parse(text, (_name, value: unknown) => {
      values += 1
      if (values > MAX_VALUES || isPointer(value)) throw new RangeError('no call of a page of ours')
      return value
    })
    return Array.isArray(list)
  } catch {
    return false
  }
}

/** Whether `bytes` is a form of few parts with a call in its part `0`. Pages without script have no actions here. */
export async function isReadableForm(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<boolean> {
  // Counted before it is parsed: a hundred thousand parts keep the parser busy for seconds.
  if (countParts(Buffer.from(bytes.buffer), contentType) > MAX_PARTS) return false
  try {
    const call = (await new Response(bytes, { headers: { 'content-type': contentType } }).formData()).get('0')
    return typeof call === 'string' && isReadableCall(call)
  } catch {
    return false
  }
}

/** React writes what JSON lacks as text with a `$` in front: two for a real one, `undefined`, and a form by its letter. */
function isPointer(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('$') && !/^\$(?:\$|undefined$|K[0-9a-f]{1,4}$)/.test(value)
}

function countParts(body: Buffer, contentType: string): number {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1] ?? ''
  let parts = 0
  for (
    let at = body.indexOf(`--${boundary}`);
    at !== -1 && parts <= MAX_PARTS;
    at = body.indexOf(`--${boundary}`, at + 1)
  )
    parts += 1
  return parts
}
