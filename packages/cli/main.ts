/** `satstile` on the command line: words in, one command run, an exit code out. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type BuyInput, buyCommand, describeFailure, payCommand, type Terminal } from './commands.ts'

const HELP = `Usage: satstile <command> [options]

  satstile pay <invoice>     pays a Lightning invoice by the demo wallet, prints its answer as JSON
  satstile buy <url>         fetches; at a 402 pays, asks again, and prints the body

  --wallet URL       the demo wallet (default: of the running copy, else http://localhost:8404)
  --data-dir DIR     data folder of the copy whose wallet is meant (default: DATA_DIR, else .data)
  --max-sats N       the most a purchase may cost (default: 1000)
  --store FILE       keep bought tokens in this file and use them again
  --accept TYPE      the Accept header, for instance text/html
  --credential       also print the credential that was bought (to stderr; it is a secret)
  --help             this text

Exit code: 0 done, 1 refused or failed, 2 not understood.`

const USAGE = 2
// biome-ignore lint/style/noProcessEnv: packages are free of lib/config.ts, and this is the variable npm start takes.
const DATA_DIR = process.env.DATA_DIR ?? '.data'
const DEFAULT_WALLET = 'http://localhost:8404'

const terminal: Terminal = {
  out: (bytes) => {
    process.stdout.write(bytes)
  },
  say: (line) => console.error(line),
}

function misunderstood(sentence: string): never {
  console.error(`${sentence}\nSee satstile --help.`)
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
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    return misunderstood(describeFailure(cause))
  }
}

/** The copy that runs here writes its addresses into run.json; here is the current folder, else the clone of this program. */
function findWallet(dataDir: string): string {
  for (const base of [process.cwd(), join(import.meta.dirname, '..'), join(import.meta.dirname, '../..')]) {
    const wallet = readWallet(resolve(base, dataDir, 'run.json'))
    if (wallet !== null) return wallet
  }
  return DEFAULT_WALLET
}

function readWallet(file: string): string | null {
  try {
    const { wallet } = JSON.parse(readFileSync(file, 'utf8')) as { wallet?: unknown }
    return typeof wallet === 'string' ? wallet : null
  } catch {
    // Not there, or being replaced just now: the next place, then the default.
    return null
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? url : misunderstood(`Not an http address: ${text}`)
}

function parseSats(text: string): number {
  const sats = Number(text)
  return /^[1-9]\d{0,11}$/.test(text) ? sats : misunderstood(`--max-sats: expected whole satoshis above 0, got ${text}`)
}

async function run(): Promise<number> {
  const { values, positionals } = readArguments()
  const [command, subject, ...rest] = positionals
  if (values.help || command === undefined) {
    console.log(HELP)
    return values.help ? 0 : USAGE
  }
  if (command !== 'pay' && command !== 'buy') return misunderstood(`There is no command ${command}.`)
  if (subject === undefined)
    return misunderstood(`satstile ${command}: say ${command === 'pay' ? 'which invoice' : 'which address'}.`)
  if (rest.length > 0) return misunderstood(`satstile ${command} takes one thing at a time.`)
  const walletUrl = values.wallet ?? findWallet(values['data-dir'])
  if (command === 'pay') return payCommand(terminal, { invoice: subject, walletUrl })
  const input: BuyInput = {
    url: parseUrl(subject),
    walletUrl,
    maxSats: parseSats(values['max-sats']),
    storeFile: values.store ?? null,
    accept: values.accept ?? null,
    showCredential: values.credential,
  }
  return buyCommand(terminal, input)
}

process.exitCode = await run().catch((cause: unknown) => {
  console.error(describeFailure(cause))
  return 1
})
