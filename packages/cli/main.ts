/** `satstile` on the command line: words in, one command run, an exit code out. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { attenuate } from './attenuate.ts'
import { type BuyInput, buyCommand, payCommand, type Terminal } from './commands.ts'
import { asSentence } from './describe-failure.ts'

const HELP = `Usage: satstile <command> [options]

  satstile pay <invoice>     pays a Lightning invoice by the demo wallet, prints its answer as JSON
  satstile buy <url>         fetches; at a 402 pays, asks again, and prints the body
  satstile attenuate <token> prints a copy that opens less, made offline; attenuate --help says more
  satstile import <file>     says what becomes of the services of an aperture.yaml; --help says more (in the clone)

  --wallet URL       the demo wallet (default: of the running copy, else http://localhost:8404)
  --data-dir DIR     data folder of the copy whose wallet is meant (default: DATA_DIR, else .data)
  --max-sats N       the most a purchase may cost (default: 1000)
  --store FILE       keep bought tokens in this file and use them again
  --accept TYPE      the Accept header, for instance text/html
  --credential       also print the credential that was bought (to stderr; it is a secret)
  --timeout SECONDS  the longest wait for an answer, and for each further piece of it (default: 30)
  -h, --help         this text
  --version          the version of this program

Exit code: 0 done, 1 refused or failed, 2 not understood. What failed after a payment prints the credential (to
stderr): the request can be repeated with it, without paying again.`

const USAGE = 2
/** Longer than any credential. */
const MAX_INPUT = 65_536
// biome-ignore lint/style/noProcessEnv: packages are free of lib/config.ts, and this is the variable npm start takes.
const DATA_DIR = process.env.DATA_DIR ?? '.data'
const DEFAULT_WALLET = 'http://localhost:8404'

const terminal: Terminal = {
  out: (bytes) =>
    new Promise((resolve) => {
      process.stdout.write(bytes, (cause) => resolve(cause === undefined || cause === null))
    }),
  say: (line) => console.error(line),
}
// A write that fails is told to its caller above; the same failure as an event would end the program before it could say more.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)

function misunderstood(sentence: string, help = 'satstile --help'): never {
  console.error(`${sentence}\nSee ${help}.`)
  process.exit(USAGE)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        wallet: { type: 'string' },
        'data-dir': { type: 'string', default: DATA_DIR },
        'max-sats': { type: 'string', default: '1000' },
        store: { type: 'string' },
        accept: { type: 'string' },
        credential: { type: 'boolean', default: false },
        timeout: { type: 'string', default: '30' },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    return misunderstood(cause instanceof Error ? cause.message : String(cause))
  }
}

/** The folder above this program: `packages/cli` lies two levels deep in the clone, `dist/cli.mjs` one. */
const ABOVE = [join(import.meta.dirname, '..'), join(import.meta.dirname, '../..')]

/** The copy that runs here writes its addresses into run.json; here is the current folder, else the clone of this program. */
function findWallet(dataDir: string): string {
  const files = [process.cwd(), ...ABOVE].map((base) => resolve(base, dataDir, 'run.json'))
  return readFirst(files, 'wallet') ?? DEFAULT_WALLET
}

function readVersion(): string {
  return (
    readFirst(
      ABOVE.map((base) => join(base, 'package.json')),
      'version',
    ) ?? 'unknown'
  )
}

/** The text under `name` in the first of these JSON files that has one; a file not there, or being replaced, has none. */
function readFirst(files: readonly string[], name: string): string | null {
  for (const file of files) {
    try {
      const value = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)[name]
      if (typeof value === 'string') return value
    } catch {
      // The next place, then the default.
    }
  }
  return null
}

function parseUrl(text: string, name = ''): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return misunderstood(`${name}Not an http address: ${text}. One begins with http:// or https://.`)
  }
  // Not repeated in the sentence: the password would be in it.
  if (url.username !== '' || url.password !== '') {
    return misunderstood(`${name}An address with a user name or password in it cannot be asked; leave them out.`)
  }
  return url
}

/** Digits alone, and not zero: `1e3`, `0x10` and ` 5` are more likely slips than numbers. */
function parseCount(text: string, { name, unit, digits }: { name: string; unit: string; digits: number }): number {
  const isCount = /^[1-9]\d*$/.test(text) && text.length <= digits
  return isCount ? Number(text) : misunderstood(`${name}: expected whole ${unit} above 0, got ${text}`)
}

async function run(): Promise<number> {
  const { values, positionals } = readArguments()
  const [command, subject, ...rest] = positionals
  if (values.version) return print(readVersion())
  if (values.help || command === undefined) {
    print(HELP)
    return values.help ? 0 : USAGE
  }
  if (command !== 'pay' && command !== 'buy') return misunderstood(`There is no command ${command}.`)
  if (subject === undefined)
    return misunderstood(`satstile ${command}: say ${command === 'pay' ? 'which invoice' : 'which address'}.`)
  if (rest.length > 0) return misunderstood(`satstile ${command} takes one thing at a time.`)
  const walletUrl =
    values.wallet === undefined ? findWallet(values['data-dir']) : parseUrl(values.wallet, '--wallet: ').href
  if (command === 'pay') return payCommand(terminal, { invoice: subject, walletUrl })
  const input: BuyInput = {
    url: parseUrl(subject),
    walletUrl,
    maxSats: parseCount(values['max-sats'], { name: '--max-sats', unit: 'satoshis', digits: 12 }),
    storeFile: values.store ?? null,
    accept: values.accept ?? null,
    showCredential: values.credential,
    timeoutMs: parseCount(values.timeout, { name: '--timeout', unit: 'seconds', digits: 5 }) * 1_000,
    signal: untilInterrupted(),
  }
  return buyCommand(terminal, input)
}

function print(text: string): number {
  console.log(text)
  return 0
}

/** The first Ctrl-C lets the command say what it has paid for, the second ends it at once. */
function untilInterrupted(): AbortSignal {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  return stopping.signal
}

/** The credential that comes on standard input. */
async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > MAX_INPUT) return misunderstood('Standard input is too long for a token.')
  }
  return text
}

async function runAttenuate(words: readonly string[]): Promise<number> {
  const outcome = await attenuate(words, readInput)
  if (outcome.kind === 'error') return misunderstood(outcome.sentence, 'satstile attenuate --help')
  return (await terminal.out(`${outcome.text}\n`)) ? 0 : 1
}

const isAttenuate = process.argv[2] === 'attenuate'
process.exitCode = await (isAttenuate ? runAttenuate(process.argv.slice(3)) : run()).catch((cause: unknown) => {
  console.error(asSentence(cause instanceof Error ? cause.message : String(cause)))
  return 1
})
