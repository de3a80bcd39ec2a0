/** What a creator's server says of a request that it got, as a request of the gate's; nothing of it is believed further than the gate believes a client. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { readWire } from '#gateway/wire-rules.ts'
import type { GateRequest, HeaderField } from '#lib/gate/request.ts'

/** As much as the gateway takes of a head (reliability.md §9.2), with room for the JSON around it. */
export const MAX_VERIFY_BYTES = 65_536
const MAX_HEAD_CHARACTERS = 16_384
const NAME = /^[!#$%&'*+.^`|~0-9A-Za-z-]{1,100}$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

const value = z.string().regex(VALUE, 'expected one line of text')
const schema = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{1,16}$/, 'expected a method in capitals')
    .default('GET'),
  host: z.string().max(300).optional(),
  path: z.string().startsWith('/', 'expected a path from / on, with its query').max(8_192),
  headers: z
    .record(z.string().regex(NAME, 'expected names of fields'), z.union([value, z.array(value).max(20)]))
    .default({}),
  address: z
    .string()
    .refine((text) => isIP(text) !== 0, 'expected an IP address')
    .nullable()
    .default(null),
  consume: z.boolean().default(false),
  challenge: z.boolean().default(false),
})

export interface VerifyInput {
  readonly kind: 'input'
  readonly request: GateRequest
  readonly consume: boolean
  readonly challenge: boolean
}

type Fields = Readonly<Record<string, string>>

/**
 * Reads the JSON of a call. `ownHost`: meant where none is named. The gate speaks JSON to it, whatever the client took:
 * a page of ours would look for its scripts on another server.
 */
export function readVerifyInput(
  text: string,
  { ownHost, secure, signal }: { ownHost: string; secure: boolean; signal: AbortSignal },
): VerifyInput | { readonly kind: 'invalid'; readonly fields: Fields } {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) return { kind: 'invalid', fields: fieldsOf(parsed.error) }
  const { method, host = ownHost, path, headers, address, consume, challenge } = parsed.data
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((one): HeaderField => [name, one]),
  )
  const told = [...fields.filter(([name]) => !REPLACED.has(name.toLowerCase())), ACCEPT]
  if (told.reduce((sum, [name, one]) => sum + name.length + one.length, 0) > MAX_HEAD_CHARACTERS) {
    return { kind: 'invalid', fields: { headers: 'expected at most 16 KiB' } }
  }
  const wire = readWire({ method, target: path, rawHeaders: ['Host', host, ...told.flat()] })
  if (wire.kind === 'refused')
    return { kind: 'invalid', fields: { path: 'expected host, path and fields as HTTP has them' } }
  const request: GateRequest = {
    ...{ method, address, secure, signal, host: wire.host, path: wire.path, query: wire.query },
    ...{ headers: told, rawHeaders: told.flat(), body: NOTHING, readBody: async () => new Uint8Array() },
  }
  return { kind: 'input', request, consume, challenge }
}

const ACCEPT: HeaderField = ['Accept', 'application/json']
/** Of the message that the creator's server got; its body stays there. */
const REPLACED: ReadonlySet<string> = new Set(['host', 'accept', 'content-length', 'transfer-encoding'])
const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} }

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function fieldsOf({ issues }: z.ZodError): Fields {
  return Object.fromEntries(issues.map(({ path, message }) => [path.length === 0 ? 'body' : String(path[0]), message]))
}
