/** The folder runs where there is no Node: bundled for a browser, in a world that has nothing but the language. */
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const PROGRAM = `
  import { sha256 } from '@noble/hashes/sha2.js'
  import { createHmac } from './bytes.ts'
  import { readInvoice } from './bolt11.ts'
  import { recoverPayee } from './bolt11-payee.ts'
  import { formatChallenge, readChallenges } from './challenge.ts'
  import { readCredentials } from './credential.ts'
  import { formatCredential } from './credential-text.ts'
  import { appendThirdPartyCaveat } from './discharge.ts'
  import { carryServices } from './extend.ts'
  import { judgeServices } from './policy.ts'
  import { mintToken, verifyToken } from './token.ts'
  const ctx = { sha256, hmac: createHmac(sha256) }
  const preimage = new Uint8Array(32).fill(1)
  const rootKey = new Uint8Array(32).fill(2)
  const paymentHash = sha256(preimage)
  const macaroon = mintToken(ctx, { rootKey, paymentHash, tokenId: new Uint8Array(32), caveats: ['services=a:0'] })
  const value = 'L402 ' + formatCredential(macaroon, preimage)
  const [candidate] = readCredentials([['Authorization', value]], { secureCookies: true, method: 'GET' })
  const verdict = verifyToken(ctx, candidate, () => ({ kind: 'found', rootKey }))
  const changed = verifyToken(ctx, { ...candidate, preimage: rootKey }, () => ({ kind: 'found', rootKey }))
  globalThis.outcome = {
    verdict: verdict.kind,
    changed: changed.kind,
    challenge: readChallenges([formatChallenge({ macaroon, invoice: 'lnbc1qqq' })]).kind,
    all: [readInvoice, recoverPayee, appendThirdPartyCaveat, carryServices, judgeServices].every((one) => typeof one === 'function'),
  }
`

it('a token is minted, shown and verified without Node', async () => {
  const bundle = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  })
  const code = bundle.outputFiles[0]?.text ?? ''
  expect(code).not.toMatch(/\brequire\(|\bBuffer\b|\bprocess\./)
  const world = createContext({ TextEncoder, TextDecoder })
  runInContext(code, world)
  expect(world.outcome).toEqual({ verdict: 'verified', changed: 'refused', challenge: 'challenge', all: true })
})
