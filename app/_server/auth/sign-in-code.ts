/** A code that signs in the browser that asked for it and no other: the mail has it in a link and as letters to type. */
import { randomBytes, sha256 } from '#lib/crypto.ts'
import { decodeHex, encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'

/** 32 signs, none of which looks like another: 8 of them are 40 bits, too many to guess in a code's 15 minutes. */
const SIGNS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const LENGTH = 8
const SECRET_BYTES = 32

/** A new secret for one browser: 64 hex digits, kept in its cookie and nowhere else. */
export function newBrowserSecret(): string {
  return encodeHex(randomBytes(SECRET_BYTES))
}

/** Whether a cookie holds a secret that was made here. */
export function isBrowserSecret(text: string): boolean {
  return decodeHex(text)?.length === SECRET_BYTES
}

/** What a link says of the browser that asked, so that another one can be told so; nothing can be made of it. */
export function browserMark(browserSecret: string): string {
  return encodeHex(sha256(encodeUtf8(`sign-in browser ${browserSecret}`))).slice(0, 16)
}

/** Eight signs. */
export function newCode(): string {
  return [...randomBytes(LENGTH)].map((byte) => SIGNS[byte % SIGNS.length]).join('')
}

/** `K7QM-4XPD`, as it stands in the mail. */
export function formatCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}

/** The code in what somebody typed: either case, with spaces and hyphens wherever they like; `null`: no code. */
export function parseCode(text: string): string | null {
  const code = text.toUpperCase().replace(/[\s-]/g, '')
  return code.length === LENGTH && [...code].every((sign) => SIGNS.includes(sign)) ? code : null
}

/** What the code is worth: a token for this address in this browser. Without the browser's secret it cannot be made. */
export function tokenOf(code: string, { browserSecret, address }: { browserSecret: string; address: string }): string {
  return encodeHex(sha256(encodeUtf8(`sign-in ${browserSecret} ${address} ${code}`)))
}
