/** `satstile attenuate`: a lesser copy of a token, made offline; it opens less than the token and never more. */
import { parseArgs } from 'node:util'
import { sha256 } from '@noble/hashes/sha2.js'
import { createHmac, encodeBase64 } from '#lib/l402/bytes.ts'
import { readCredentialText } from '#lib/l402/credential.ts'
import { decodeMacaroonText, formatCredential } from '#lib/l402/credential-text.ts'
import { type Narrowed, type Narrowing, narrowToken } from '#lib/l402/narrow.ts'
import type { Preimage } from '#lib/l402/preimage.ts'
import type { ConditionName } from '#lib/l402/satisfier.ts'

const ATTENUATE_HELP = `Usage: satstile attenuate <token> [options]

Prints a copy of a token that opens less, and never more. Nothing is sent anywhere, and the token itself stays as it is.
<token> is a macaroon, a credential (macaroon:preimage) or a whole Authorization header; - reads it from standard input,
which keeps it out of the list of processes. A macaroon gives a macaroon, a credential gives a credential.

  --service NAME         keep this service only (may be repeated)
  --valid-until TIME     ends then: 2026-11-20T13:00:00Z, or Unix seconds
  --path PATH            this path and what lies below it
  --method NAME          these methods only (may be repeated)
  --capability NAME      these capabilities only (may be repeated)
  --uses N               so many uses, counted with those of the token
  --rate N/SECONDS       so many requests in so many seconds
  --networks N           from so many networks a day
  --address BLOCK        from these addresses only, as 192.0.2.0/24 (may be repeated)
  --origin ORIGIN        on pages of these origins only (may be repeated)
  --quality N            of media, at most this quality
  -h, --help             this text

Whoever has the copy can narrow it again; revoking the token ends all of its copies.`

const LISTS = { method: 'method', capability: 'capabilities', address: 'address', origin: 'origin' } as const
const SINGLES = ['path', 'uses', 'rate', 'networks', 'quality'] as const

/** What each value has to look like, for whoever wrote it otherwise. */
const EXPECTED: Readonly<Partial<Record<ConditionName, string>>> = {
  capabilities: 'names of small letters, digits and _',
  method: 'names of capital letters, as GET',
  path: 'a path that begins with /, without . or ..',
  uses: 'a whole number',
  rate: 'requests/seconds, as 10/60',
  networks: 'a whole number from 1 to 1000',
  address: 'blocks of addresses with nothing behind the mask, as 192.0.2.0/24',
  origin: 'an origin without path, as https://example.com',
  quality: 'a whole number',
}

/** `error`: the words were not understood, and nothing was made. */
type Attenuated = { readonly kind: 'made' | 'help'; readonly text: string } | Misunderstood
interface Misunderstood {
  readonly kind: 'error'
  readonly sentence: string
}

/** `words`: what stands behind `attenuate`; `readInput` is asked for standard input when the token is `-`. */
export async function attenuate(words: readonly string[], readInput: () => Promise<string>): Promise<Attenuated> {
  let parsed: ReturnType<typeof parseWords>
  try {
    parsed = parseWords(words)
  } catch (cause) {
    return error(cause instanceof Error ? cause.message : String(cause))
  }
  const [subject, ...rest] = parsed.positionals
  if (parsed.values.help) return { kind: 'help', text: ATTENUATE_HELP }
  if (subject === undefined) return error('satstile attenuate: say which token, or - for standard input.')
  if (rest.length > 0) return error('satstile attenuate takes one token at a time.')
  const wanted = readWishes(parsed.values)
  if ('kind' in wanted) return wanted
  const token = readToken(subject === '-' ? await readInput() : subject)
  return token === null ? error('That is no token: expected a macaroon, or macaroon:preimage.') : make(token, wanted)
}

const error = (sentence: string): Misunderstood => ({ kind: 'error', sentence })

function parseWords(words: readonly string[]) {
  const text = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ service: many, method: many, capability: many, address: many, origin: many },
      ...{ 'valid-until': text, path: text, uses: text, rate: text, networks: text, quality: text },
      help: { type: 'boolean', short: 'h' },
    },
  })
}

function readWishes(values: ReturnType<typeof parseWords>['values']): Narrowing | Misunderstood {
  const conditions: Partial<Record<ConditionName, string>> = {}
  const until = values['valid-until']
  if (until !== undefined) {
    const seconds = /^\d{1,11}$/.test(until) ? Number(until) : Math.floor(Date.parse(until) / 1000)
    if (Number.isNaN(seconds) || seconds < 0)
      return error(`--valid-until: expected a time as 2026-11-20T13:00:00Z or Unix seconds, got ${until}`)
    conditions.valid_until = String(seconds)
  }
  for (const [option, name] of Object.entries(LISTS) as [keyof typeof LISTS, ConditionName][]) {
    const items = values[option]
    if (items !== undefined) conditions[name] = items.flatMap((item) => item.split(',')).join(',')
  }
  for (const name of SINGLES) {
    const value = values[name]
    if (value !== undefined) conditions[name] = value
  }
  const services = values.service?.flatMap((item) => item.split(','))
  if (services === undefined && Object.keys(conditions).length === 0)
    return error('satstile attenuate: say what the copy shall not open, for instance --valid-until.')
  return { ...(services !== undefined && { services }), conditions }
}

interface Token {
  readonly macaroon: Uint8Array
  /** `null`: a macaroon alone. */
  readonly preimage: Preimage | null
}

function readToken(text: string): Token | null {
  const words = text.trim().replace(/^authorization:\s*/i, '')
  const alone = decodeMacaroonText(words)
  if (alone !== null) return { macaroon: alone, preimage: null }
  const [candidate] = readCredentialText(words)
  if (candidate?.kind !== 'candidate') return null
  const [macaroon, ...others] = candidate.macaroons
  // A confirmation is bound to the signature of the token as it is: beside a longer one it is worth nothing.
  return macaroon === undefined || others.length > 0 ? null : { macaroon, preimage: candidate.preimage }
}

function make({ macaroon, preimage }: Token, wanted: Narrowing): Attenuated {
  const made = narrowToken({ sha256, hmac: createHmac(sha256) }, macaroon, wanted)
  if (made.kind === 'refused') return error(asSentence(made))
  const text = preimage === null ? encodeBase64(made.macaroon) : formatCredential(made.macaroon, preimage)
  return { kind: 'made', text }
}

/** Names of options where the condition has another one. */
const OPTIONS: Readonly<Record<string, string>> = {
  services: 'service',
  capabilities: 'capability',
  valid_until: 'valid-until',
}

function asSentence({ refusal, condition }: Extract<Narrowed, { kind: 'refused' }>): string {
  if (condition === null) return `That is no token of Satstile that opens anything (${refusal.detail}).`
  const option = `--${OPTIONS[condition] ?? condition}`
  if (refusal.detail === 'caveat_widens') return `${option}: the token itself allows less; a copy can only be narrowed.`
  if (refusal.detail === 'service') return `${option}: the token holds no such service.`
  if (refusal.detail === 'structure') return `${option}: the copy would be too long; narrow the token less often.`
  return `${option}: expected ${EXPECTED[condition as ConditionName] ?? 'another value'}.`
}
