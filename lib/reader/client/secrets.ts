/** Claim secrets and payment proofs: made, hashed and read with what the browser has. */

/** 32 random bytes as base64url, 43 characters. */
export function makeClaimSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

/** Base64url of the SHA-256 of the secret's 32 bytes: all that the server stores of it (protocol.md §10.1). */
export async function hashClaimSecret(secret: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  return toBase64Url(await sha256(bytes))
}

/** 64 lower-case hex digits out of what a person pasted: either case, spaces anywhere. Null when it is something else. */
export function readProof(text: string): string | null {
  const digits = text.replace(/\s/g, '').toLowerCase()
  return /^[0-9a-f]{64}$/.test(digits) ? digits : null
}

/** Whether the proof is the preimage of this payment hash (hex). */
export async function proofFits(proof: string, paymentHash: string): Promise<boolean> {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) =>
    Number.parseInt(proof.slice(2 * index, 2 * index + 2), 16),
  )
  const hash = await sha256(bytes)
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') === paymentHash
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
