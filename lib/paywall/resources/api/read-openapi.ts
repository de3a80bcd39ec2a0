/** An OpenAPI document (3.0, 3.1) as proposed rules, the most specific first, and what could not be taken over. */
import { parsePattern } from './path-pattern.ts'

interface ProposedRule {
  readonly method: string
  /** As a rule takes it: `/nodes/*`. */
  readonly path: string
  /** From the name of the operation, else from its path. */
  readonly name: string
}

export type ReadOpenApi =
  | {
      readonly kind: 'read'
      readonly title: string
      /** The first address that it names, if it names a whole one. */
      readonly server: string | null
      readonly rules: readonly ProposedRule[]
      /** What is not in the rules, or otherwise than in the document, in sentences. */
      readonly notes: readonly string[]
    }
  | { readonly kind: 'refused'; readonly message: string }

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'] as const
const MAX_RULES = 200
const MAX_PATHS = 5_000

/** `document`: what JSON or YAML gave. Nothing outside it is looked at: a `$ref` elsewhere is told in the notes. */
export function readOpenApi(document: unknown): ReadOpenApi {
  const root = asObject(document)
  if (root === null) return refuse('This is no OpenAPI document: it should be an object with the member openapi.')
  const version = root.openapi
  if ('swagger' in root) return refuse('This is Swagger 2.0. Bring OpenAPI 3.0 or 3.1; converters are common.')
  if (typeof version !== 'string' || !/^3\.[01](?:\.|$)/.test(version))
    return refuse('The member openapi should say 3.0 or 3.1.')
  const paths = Object.entries(asObject(root.paths) ?? {})
  if (paths.length === 0) return refuse('The document has no paths, so there is nothing to propose.')
  if (paths.length > MAX_PATHS) return refuse(`The document has more than ${MAX_PATHS} paths.`)
  const notes = createNotes()
  for (const part of ['webhooks', 'components'] as const) noteUnused(root, part, notes)
  const found = paths.flatMap(([path, item]) => readPath(root, { path, item }, notes))
  const rules = keepReachable(found.toSorted(bySpecificity), notes)
  if (rules.length === 0) return refuse('The document has no operation that could be a rule.')
  if (rules.length > MAX_RULES)
    notes.add(`An API has at most ${MAX_RULES} rules: the last ${rules.length - MAX_RULES} are left out.`)
  const title = asObject(root.info)?.title
  return {
    kind: 'read',
    title: typeof title === 'string' ? title.slice(0, 200) : '',
    server: firstServer(root, notes),
    rules: rules.slice(0, MAX_RULES),
    notes: notes.list(),
  }
}

function refuse(message: string): ReadOpenApi {
  return { kind: 'refused', message }
}

type Members = Readonly<Record<string, unknown>>

function asObject(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
}

/** Each sentence once; of very many the first ones and how many more there are. */
function createNotes() {
  const MOST = 40
  const sentences = new Set<string>()
  return {
    add: (sentence: string) => void sentences.add(sentence),
    list: (): string[] => {
      const all = [...sentences]
      return all.length <= MOST ? all : [...all.slice(0, MOST), `And ${all.length - MOST} more of this kind.`]
    },
  }
}
type Notes = ReturnType<typeof createNotes>

function noteUnused(root: Members, part: 'webhooks' | 'components', notes: Notes): void {
  if (part === 'webhooks' && Object.keys(asObject(root.webhooks) ?? {}).length > 0)
    notes.add('Webhooks are calls that your server makes; they are not sold and left out.')
  const schemes = Object.keys(asObject(asObject(root.components)?.securitySchemes) ?? {})
  if (part === 'components' && schemes.length > 0)
    notes.add(
      `Your server asks for keys (${schemes.slice(0, 5).map(shorten).join(', ')}): set them under Server, buyers need none.`,
    )
}

interface PathItem {
  readonly path: string
  readonly item: unknown
}

function readPath(root: Members, { path, item }: PathItem, notes: Notes): ProposedRule[] {
  const shown = shorten(path)
  const pattern = toPattern(path, notes)
  if (pattern === null) {
    notes.add(`${shown} cannot be a path of a rule and is left out.`)
    return []
  }
  const members = follow(root, item)
  if (members === null) {
    notes.add(`${shown} stands in another file or nowhere, and is left out.`)
    return []
  }
  if ('servers' in members) notes.add(`${shown} names a server of its own; it is asked at the server of this API.`)
  return METHODS.flatMap((method) => {
    const operation = asObject(members[method])
    if (operation === null) return []
    const verb = method.toUpperCase()
    if (method === 'options' || method === 'trace') {
      notes.add(
        `${verb} ${shown} is left out: ${method === 'trace' ? 'it is never passed on' : 'browsers are answered here'}.`,
      )
      return []
    }
    if ('callbacks' in operation)
      notes.add(`Callbacks of ${verb} ${shown} are calls that your server makes; they are left out.`)
    if ('servers' in operation)
      notes.add(`${verb} ${shown} names a server of its own; it is asked at the server of this API.`)
    return [{ method: verb, path: pattern, name: nameOf(operation.operationId, method, pattern) }]
  })
}

/** The item itself, or what its `$ref` inside this document leads to. */
function follow(root: Members, item: unknown, depth = 0): Members | null {
  const members = asObject(item)
  const ref = members?.$ref
  if (members === null || ref === undefined) return members
  if (typeof ref !== 'string' || !ref.startsWith('#/') || depth > 8) return null
  const target = ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => {
      const parent = asObject(at)
      return parent !== null && Object.hasOwn(parent, part) ? parent[part] : null
    }, root)
  return follow(root, target, depth + 1)
}

/** `/nodes/{id}.json` as `/nodes/*`; `null`: no rule can mean this. */
function toPattern(path: string, notes: Notes): string | null {
  const segments = path.split('/').map((segment) => {
    if (!/[{}]/.test(segment)) return segment
    if (!/^\{[^{}]+\}$/.test(segment))
      notes.add(`${shorten(path)}: a rule knows whole parts only, so ${shorten(segment)} became *, which means more.`)
    return '*'
  })
  const pattern = segments.join('/').replace(/(.)\/$/, '$1')
  // A star that stood in the document itself would mean more than it says there.
  return path.includes('*') || parsePattern(pattern) === null ? null : pattern
}

function nameOf(operationId: unknown, method: string, pattern: string): string {
  const source = typeof operationId === 'string' && /[a-z0-9]/i.test(operationId) ? operationId : `${method} ${pattern}`
  const words = source
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return words.slice(0, 32).replace(/-+$/, '') || method
}

/** Part by part: a word before `*` before `**`, what ends before what goes on, so that no rule stands before a narrower one. */
function bySpecificity(a: ProposedRule, b: ProposedRule): number {
  const [left, right] = [a, b].map(({ path }) => (parsePattern(path) ?? []).map(rank)) as [string[], string[]]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [one = '', other = ''] = [left[at], right[at]]
    if (one !== other) return one < other ? -1 : 1
  }
  return METHOD_ORDER.indexOf(a.method) - METHOD_ORDER.indexOf(b.method)
}

const METHOD_ORDER = METHODS.map((method) => method.toUpperCase())

/** Sorts behind every word; an end, which is empty, before all. */
function rank(part: string): string {
  return part === '*' ? '\uffff' : part === '**' ? '\uffff\uffff' : part
}

/** Two operations that rules cannot tell apart, and `HEAD` beside `GET`, which is the same rule. */
function keepReachable(rules: readonly ProposedRule[], notes: Notes): ProposedRule[] {
  const seen = new Set<string>()
  const names = new Map<string, number>()
  return rules.flatMap((rule) => {
    const place = rule.path.toLowerCase()
    if (rule.method === 'HEAD' && seen.has(`GET ${place}`)) {
      notes.add(`HEAD ${rule.path} is answered where GET is.`)
      return []
    }
    if (seen.has(`${rule.method} ${place}`)) {
      notes.add(
        `${rule.method} ${rule.path} stands for several operations that a rule cannot tell apart; the first is kept.`,
      )
      return []
    }
    seen.add(`${rule.method} ${place}`)
    const n = (names.get(rule.name) ?? 0) + 1
    names.set(rule.name, n)
    return [n === 1 ? rule : { ...rule, name: `${rule.name.slice(0, 28)}-${n}` }]
  })
}

function firstServer(root: Members, notes: Notes): string | null {
  const servers = Array.isArray(root.servers) ? root.servers : []
  if (servers.length > 1) notes.add('The document names several servers; an API has one.')
  const url = asObject(servers[0])?.url
  if (typeof url !== 'string') return null
  if (url.includes('{')) notes.add('The address of the server has variables; write it under Server yourself.')
  return /^https?:\/\/[^{}]+$/i.test(url) ? url : null
}

/** A name of somebody else's document in a sentence of ours. */
function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}\u2026`
}
