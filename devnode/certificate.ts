/** Makes the node's TLS identity: a self-signed X.509 certificate for this machine's own names, which node:crypto can verify but not create. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface TlsIdentity {
  readonly certPem: string
  readonly keyPem: string
}

/** P-256 with SHA-256 as lnd does; `names` are DNS names, 127.0.0.1 and ::1 are always in. RFC 5280 4.1. */
export function createTlsIdentity(names: readonly string[], options: { now: Date; years: number }): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = name('satstile dev node')
  const notAfter = new Date(options.now)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + options.years)
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    subject,
    sequence(time(options.now), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, extensions(names)),
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature))
  return {
    certPem: pem('CERTIFICATE', certificate),
    keyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
}

/** One DER element: tag, length, content. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.from(body.length.toString(16).padStart(body.length < 0x100 ? 2 : 4, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}

const sequence = (...content: readonly Buffer[]) => element(0x30, ...content)
const integer = (bytes: Buffer) => element(0x02, bytes)
const bitString = (bytes: Buffer) => element(0x03, Buffer.from([0]), bytes)
const octetString = (bytes: Buffer) => element(0x04, bytes)
const tagged = (number: number, content: Buffer) => element(0xa0 | number, content)
const objectId = (hex: string) => element(0x06, Buffer.from(hex, 'hex'))

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'))
const COMMON_NAME = objectId('550403')
const SUBJECT_ALTERNATIVE_NAME = objectId('551d11')
const BASIC_CONSTRAINTS = objectId('551d13')
const TRUE = element(0x01, Buffer.from([0xff]))

const name = (text: string) => sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from(text)))))

/** UTCTime, which RFC 5280 demands until 2049. */
const time = (at: Date) =>
  element(
    0x17,
    Buffer.from(
      `${at
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+Z/g, '')}Z`,
    ),
  )

/** Trusted as its own authority, and good for the given names and the loopback addresses only. */
function extensions(names: readonly string[]): Buffer {
  const addresses = [Buffer.from([127, 0, 0, 1]), Buffer.from([...new Array(15).fill(0), 1])]
  const alternatives = sequence(
    ...names.map((dns) => element(0x82, Buffer.from(dns))),
    ...addresses.map((address) => element(0x87, address)),
  )
  return sequence(
    sequence(BASIC_CONSTRAINTS, TRUE, octetString(sequence(TRUE))),
    sequence(SUBJECT_ALTERNATIVE_NAME, octetString(alternatives)),
  )
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
