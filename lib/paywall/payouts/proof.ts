/** The second factor as bytes: what is sealed with what, and the step at which a code fits; pure. */
import { Secret, TOTP } from 'otpauth'
import { z } from 'zod'

/** What a sealed proof stands for: it opens for these values alone, so it cannot be moved to another payout. */
export function payoutContext(about: {
  creatorId: string
  id: string
  destination: string
  amountMsat: bigint
}): Uint8Array {
  return bytesOf(['payout', about.creatorId, about.id, about.destination, String(about.amountMsat)])
}

export function secretContext(about: { creatorId: string; id: string }): Uint8Array {
  return bytesOf(['factor', about.creatorId, about.id])
}

export function factorContext(about: { creatorId: string; id: string }): Uint8Array {
  return bytesOf(['taken over', about.creatorId, about.id])
}

function bytesOf(parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(parts))
}

const proofSchema = z.strictObject({
  code: z.string().max(40),
  /** Of the authenticator that this one takes the place of, or one of its recovery codes. */
  previous: z.string().max(40).optional(),
})
export type Proof = z.infer<typeof proofSchema>

export function writeProof(proof: Proof): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(proof))
}

/** `null`: nothing that we wrote. */
export function readProof(bytes: Uint8Array): Proof | null {
  try {
    const parsed = proofSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

const PERIOD_SECONDS = 30
/** A code of the step before or after is taken: clocks differ, and people type slowly. */
const WINDOW = 1

export const SECRET_BYTES = 20

function totpOf(secret: Uint8Array, label = ''): TOTP {
  const own = new Uint8Array(secret)
  return new TOTP({ issuer: 'Satstile', label, period: PERIOD_SECONDS, secret: new Secret({ buffer: own.buffer }) })
}

/** The step (RFC 6238) of `code` at about `at`; `null`: it is none of this secret's. */
export function stepOfCode(secret: Uint8Array, code: string, at: Date): bigint | null {
  const token = code.replaceAll(' ', '')
  if (!/^\d{6}$/.test(token)) return null
  const delta = totpOf(secret).validate({ token, timestamp: at.getTime(), window: WINDOW })
  return delta === null ? null : BigInt(Math.floor(at.getTime() / 1000 / PERIOD_SECONDS) + delta)
}

/** What an authenticator reads, as a link and as letters to type. */
export function describeSecret(secret: Uint8Array, label: string): { uri: string; letters: string } {
  const totp = totpOf(secret, label)
  return { uri: totp.toString(), letters: totp.secret.base32 }
}

/** As a recovery code is hashed: case and hyphens do not count. `null`: none can be written so. */
export function plainRecoveryCode(text: string): string | null {
  const plain = text.replaceAll(/[\s-]/g, '').toLowerCase()
  return /^[a-z2-7]{16}$/.test(plain) ? plain : null
}
