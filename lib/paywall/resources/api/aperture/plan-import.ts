/** What Aperture sells, as APIs with rules; and, line by line, what of it is not taken over; pure. */
import { parseAllowList } from '#lib/egress/allow.ts'
import { readTarget } from '#lib/egress/target.ts'
import type { PriceEndpoint } from '#lib/paywall/offers/pricing.ts'
import { type RuleInput, refuseRules } from '#lib/paywall/resources/api/rule.ts'
import { parseUpstreamUrl, refuseHeaders } from '#lib/paywall/resources/api/upstream.ts'
import { refuseSlug } from '#lib/paywall/resources/resource.ts'
import { type ApertureFile, type ApertureService, nameField, type Remark } from './aperture-file.ts'
import { readPathRegexp } from './path-regexp.ts'

/** One API to be made. */
export interface PlannedApi {
  readonly slug: string
  readonly title: string
  readonly url: string
  readonly timeoutMs: number
  /** As they stand in the file: `!file+hex:` is still to be read. */
  readonly headers: Readonly<Record<string, string>>
  readonly rules: readonly RuleInput[]
}

export interface ImportPlan {
  readonly apis: readonly PlannedApi[]
  /** What is not taken over, or means something else here. */
  readonly notes: readonly Remark[]
  /** Why a service cannot be taken over at all. */
  readonly faults: readonly Remark[]
}

type Read = Extract<ApertureFile, { kind: 'file' }>

/** Says something about a field of the service at hand. */
type Say = (field: readonly (string | number)[], sentence: string) => void

interface Scene {
  readonly note: Say
  readonly fault: Say
}

const UPSTREAM_TIMEOUT_MS = 30_000

export function planImport(file: Read): ImportPlan {
  const [notes, faults]: [Remark[], Remark[]] = [[], []]
  const sayTo =
    (remarks: Remark[], base: readonly (string | number)[]): Say =>
    (field, sentence) => {
      const path = [...base, ...field]
      remarks.push({ line: file.lineOf(path), field: nameField(path), sentence })
    }
  for (const name of file.settings)
    sayTo(notes, [])([name], SETTINGS[name] ?? 'How Aperture itself runs: not taken over.')
  const apis: PlannedApi[] = []
  for (const [n, service] of file.services.entries()) {
    const base = ['services', n]
    const scene = { note: sayTo(notes, base), fault: sayTo(faults, base) }
    const api = planService(service, scene)
    if (apis.some(({ slug }) => slug === api.slug)) scene.fault(['name'], 'Another service has this name.')
    apis.push(api)
  }
  return { apis, notes, faults }
}

const SETTINGS: Readonly<Record<string, string>> = {
  blocklist: 'Addresses that are kept out are set for the creator, not for a service.',
  authenticator: 'The node is that of this installation (LND_SOCKET and its macaroons).',
}

function planService(service: ApertureService, scene: Scene): PlannedApi {
  const { name, address, protocol, rewrite, headers = {} } = service
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  const url = `${protocol}://${address}${rewrite?.prefix?.replace(/\/$/, '') ?? ''}`
  const refused = refuseSlug(slug)
  if (refused !== null) scene.fault(['name'], refused)
  if (parseUpstreamUrl(url) === null) scene.fault(['address'], 'This is no address of a server: host:port.')
  else noteUnreachable(url, ['address'], scene)
  const named = Object.fromEntries(Object.entries(headers).map(([field, value]) => [field.toLowerCase(), value]))
  for (const field of Object.keys(headers)) {
    const [sentence] = Object.values(refuseHeaders(maskFiles({ [field.toLowerCase()]: headers[field] ?? '' })))
    if (sentence !== undefined) scene.fault(['headers', field], sentence)
  }
  noteLeft(service, scene)
  return { slug, title: name, url, timeoutMs: UPSTREAM_TIMEOUT_MS, headers: named, rules: planRules(service, scene) }
}

const NOBODY_ALLOWED = parseAllowList('')

/** What the way out lets nobody open unless the operator names it. */
function noteUnreachable(url: string, field: readonly string[], { note }: Scene): void {
  const target = 'unreadable' in NOBODY_ALLOWED ? null : readTarget(url, NOBODY_ALLOWED)
  if (target?.kind === 'refused') note(field, `${target.sentence} Taken over; it answers once EGRESS_ALLOW names it.`)
}

/** What a file holds is not known before it is read. */
function maskFiles(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.startsWith('!file') ? 'x' : value]),
  )
}

/** Fields whose value changes nothing that is made. */
function noteLeft(service: ApertureService, { note }: Scene): void {
  const { hostregexp, tlscertpath, authscheme, capabilities, constraints, authskipinvoicecreationpaths, auth } = service
  if (hostregexp)
    note(['hostregexp'], "The API is found at its own address below the creator's host, whatever this says.")
  if (tlscertpath)
    note(['tlscertpath'], 'Not taken over: the certificate of a server must be one that everybody trusts.')
  if (authscheme?.includes('mpp')) note(['authscheme'], 'Not taken over: sold by L402.')
  if (capabilities && capabilityOf(service) === null)
    note(
      ['capabilities'],
      'Not taken over: a rule asks for one capability, and a token without a list has all of them.',
    )
  if (authskipinvoicecreationpaths?.length)
    note(['authskipinvoicecreationpaths'], 'Not taken over: whoever asks there without a token is sold one.')
  for (const name of Object.keys(constraints ?? {})) note(['constraints', name], 'Not taken over: nothing tests it.')
  if (typeof auth === 'string' && /^freebie/i.test(auth))
    note(['auth'], `${auth.split(' ')[1]} free requests for each address are not taken over: all are paid.`)
}

function planRules(service: ApertureService, scene: Scene): RuleInput[] {
  const { auth, authwhitelistpaths = [], pathregexp = '' } = service
  const isOff = auth === false || /^(?:off|false)$/i.test(String(auth ?? ''))
  const free = authwhitelistpaths.flatMap((expression, n) =>
    readPaths(expression, ['authwhitelistpaths', n], scene.note),
  )
  const sold = readPaths(pathregexp, ['pathregexp'], scene.fault, scene.note)
  const offer = isOff ? null : planOffer(service, scene)
  const all = [
    ...free.map((path, n) => ruleOf(`free-${n + 1}`, path, null)),
    ...sold.map((path, n) => {
      const rule = ruleOf(sold.length === 1 ? 'all' : `all-${n + 1}`, path, offer)
      return { ...rule, capability: offer === null ? null : capabilityOf(service) }
    }),
  ]
  for (const sentence of Object.values(all.length === 0 ? {} : refuseRules(all))) scene.fault([], sentence)
  return all
}

/** `onUnknown`: what has no pattern; a path that is free in the file is paid here then, and one that is sold not there at all. */
function readPaths(
  expression: string,
  field: readonly (string | number)[],
  onUnknown: Say,
  note = onUnknown,
): readonly string[] {
  const read = readPathRegexp(expression)
  if (read.kind === 'unknown') {
    onUnknown(field, `No rule means what ${expression} means: not taken over.`)
    return []
  }
  if (read.isNarrower) note(field, `Read as ${read.patterns.join(', ')}: whole parts of a path, from its beginning.`)
  return read.patterns
}

/** The one that a token of the service has; `null`: several, none, or no name of one here. */
function capabilityOf({ capabilities = '' }: ApertureService): string | null {
  return /^[a-z][a-z0-9_]{0,31}$/.test(capabilities.trim()) ? capabilities.trim() : null
}

function ruleOf(name: string, path: string, offer: RuleInput['offer']): RuleInput {
  return { name, path, methods: [], host: null, tier: 0, capability: null, offer }
}

/** Aperture sells for good what has no time limit, and asks one satoshi where no price is set. */
function planOffer(service: ApertureService, { note, fault }: Scene): NonNullable<RuleInput['offer']> {
  const { price = 0, timeout = 0, dynamicprice } = service
  const terms = { lastsSeconds: timeout === 0 ? null : timeout, uses: null, rate: planRate(service, note) }
  if (dynamicprice?.enabled !== true) {
    if (price === 0)
      note(service.price === undefined ? [] : ['price'], 'Without a price Aperture asks 1 sat, and so does this.')
    return { ...terms, price: String(price === 0 ? 1 : price) }
  }
  const { grpcaddress = '', insecure = false, tlscertpath, metered } = dynamicprice
  const url = `${insecure ? 'http' : 'https'}://${grpcaddress}`
  if (!/^[^/?#\s]+:\d{1,5}$/.test(grpcaddress) || parseUpstreamUrl(url) === null)
    fault(['dynamicprice', 'grpcaddress'], 'This is no address of a price server: host:port.')
  else noteUnreachable(url, ['dynamicprice', 'grpcaddress'], { note, fault })
  if (tlscertpath)
    note(
      ['dynamicprice', 'tlscertpath'],
      'Not taken over: the certificate of a server must be one that everybody trusts.',
    )
  if (metered === true) note(['dynamicprice', 'metered'], 'Not taken over: the price is asked once, before it is paid.')
  note(
    ['dynamicprice'],
    `A token opens the one request that it was priced for, ${REUSES.toLocaleString('en-US')} times.`,
  )
  const endpoint: PriceEndpoint = { url, form: 'grpc', per: 'request', query: [], ...PRICE_BOUNDS }
  return { ...terms, uses: REUSES, price: '1', pricing: { endpoint, surge: null } }
}

/** A token of Aperture's opens its path for good, and its clients never replace one that is refused. */
const REUSES = 1_000_000
/** Aperture has no bounds: those of all that is sold here. */
const PRICE_BOUNDS = { ceilingSats: 4_000_000, deadlineMs: 2_000, staleSeconds: 60 }

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 }

/** One limit for all of a service is the pace of its tokens; others have no place here. */
function planRate({ ratelimits = [] }: ApertureService, note: Say): string | null {
  const [first, ...others] = ratelimits
  if (first === undefined) return null
  const seconds = Number(first.per.slice(0, -1)) * (UNITS[first.per.slice(-1)] ?? 1)
  if (others.length > 0 || first.pathregexp || seconds > 86_400) {
    note(['ratelimits'], 'Not taken over: a rule has one limit, for all that it means.')
    return null
  }
  if (first.burst !== undefined && first.burst !== first.requests)
    note(['ratelimits', 0, 'burst'], `Not taken over: as many at once as in ${first.per}.`)
  return `${first.requests}/${seconds}`
}
