/** Aperture's configuration file, read strictly: every value that is none of Aperture's is refused by its line and field; pure. */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'

/** Something in the file, and what there is to say about it. */
export interface Remark {
  readonly line: number
  /** `services[0].price`. */
  readonly field: string
  readonly sentence: string
}

const regexps = z.array(z.string())
const text = z.string().trim().min(1)
const SERVICE = z.strictObject({
  name: text,
  address: text,
  protocol: z.enum(['http', 'https']),
  hostregexp: z.string().optional(),
  pathregexp: z.string().optional(),
  tlscertpath: z.string().optional(),
  auth: z.union([z.boolean(), z.string().regex(/^(?:|on|off|true|false|freebie [1-9]\d{0,5})$/i)]).optional(),
  authscheme: z.enum(['', 'l402', 'mpp', 'l402+mpp']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeout: z.int().min(0).max(1_000_000_000).optional(),
  capabilities: z.string().optional(),
  constraints: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  price: z.int().min(0).max(4_000_000).optional(),
  dynamicprice: z
    .strictObject({
      enabled: z.boolean().optional(),
      grpcaddress: z.string().optional(),
      insecure: z.boolean().optional(),
      tlscertpath: z.string().optional(),
      metered: z.boolean().optional(),
      usagetailbytes: z.int().optional(),
    })
    .optional(),
  authwhitelistpaths: regexps.optional(),
  authskipinvoicecreationpaths: regexps.optional(),
  ratelimits: z
    .array(
      z.strictObject({
        pathregexp: z.string().optional(),
        requests: z.int().min(1).max(999_999),
        per: z.string().regex(/^[1-9]\d{0,4}(?:s|m|h)$/),
        burst: z.int().min(1).optional(),
      }),
    )
    .optional(),
  rewrite: z.strictObject({ prefix: z.string().startsWith('/').optional() }).optional(),
})

export type ApertureService = z.infer<typeof SERVICE>

/** How Aperture itself runs: known, and nothing that is sold. */
const OWN_SETTINGS = [
  'listenaddr staticroot servestatic debuglevel configfile basedir autocert servername insecure strictverify profile',
  'invoicebatchsize idletimeout readtimeout writetimeout wspinginterval wspongwait authenticator admin blocklist',
  'dbbackend sqlite postgres etcd tor hashmail prometheus logging',
].flatMap((names) => names.split(' '))

const FILE = z.strictObject({
  services: z.array(SERVICE).min(1),
  ...Object.fromEntries(OWN_SETTINGS.map((name) => [name, z.unknown().optional()])),
})

export type ApertureFile =
  | {
      readonly kind: 'file'
      readonly services: readonly ApertureService[]
      /** Settings beside the services that the file has. */
      readonly settings: readonly string[]
      readonly lineOf: (path: readonly (string | number)[]) => number
    }
  | { readonly kind: 'refused'; readonly faults: readonly Remark[] }

/** Characters of a file that a person has written. */
const MAX_CHARACTERS = 1_000_000

export function readApertureFile(source: string): ApertureFile {
  if (source.length > MAX_CHARACTERS) return refuse([{ line: 1, field: 'file', sentence: 'It is longer than 1 MB.' }])
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, strict: true })
  const broken = document.errors.map(({ linePos, message }) => {
    const [sentence = ''] = message.split(' at line')
    return { line: linePos?.[0].line ?? 1, field: 'file', sentence: `${sentence}.` }
  })
  if (broken.length > 0) return refuse(broken)
  const lineOf = (path: readonly (string | number)[]) => findLine(document, lines, path)
  const read = FILE.safeParse(toValue(document))
  if (!read.success) return refuse(read.error.issues.flatMap((issue) => describeIssue(issue, lineOf)))
  const { services, ...settings } = read.data
  return { kind: 'file', services: services as ApertureService[], settings: Object.keys(settings), lineOf }
}

function refuse(faults: readonly Remark[]): ApertureFile {
  return { kind: 'refused', faults }
}

/** Aliases that would grow without end are no value. */
function toValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return null
  }
}

function describeIssue(issue: z.core.$ZodIssue, lineOf: (path: (string | number)[]) => number): Remark[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      line: lineOf([...path, key]),
      field: nameField([...path, key]),
      sentence: 'Aperture has no such field.',
    }))
  const sentence =
    path.length === 0 ? 'This is no configuration of Aperture: services is missing.' : `${issue.message}.`
  return [{ line: lineOf(path), field: nameField(path), sentence }]
}

export function nameField(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'file'
  return path.map((part, n) => (typeof part === 'number' ? `[${part}]` : `${n === 0 ? '' : '.'}${part}`)).join('')
}

/** Of the key that the path ends with, else of what it leads to, else of the nearest thing around it. */
function findLine(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const last = path[length - 1]
    const key = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last)?.key : undefined
    const node: unknown = key ?? document.getIn(path.slice(0, length), true)
    if (hasRange(node)) return lines.linePos(node.range[0]).line
  }
  return 1
}

function hasRange(node: unknown): node is { range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
