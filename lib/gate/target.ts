/** A request that was let in: by which grant, and what a carrier now sends or calls. */
import type { Granted } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { HeldUses } from '#lib/paywall/entitlements/hold-uses.ts'
import type { Meter } from '#lib/paywall/entitlements/meter.ts'
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { HeaderField } from './request.ts'

/** By which token, and by which of its services, a request was let in. */
export interface Grant {
  readonly token: VerifiedToken
  readonly granted: Granted
  /** `L402-Covers` and the other fields that tell what the token gives. */
  readonly headers: readonly HeaderField[]
}

/** The request was let in: the carrier of its target now sends or calls what was asked for. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  /** `null`: what was asked for is free. */
  readonly grant: Grant | null
  /** Taken from the token until the answer has begun; `null`: nothing, or for good already. */
  readonly held: HeldUses | null
  /** By which the answer is let out and what it used is settled; `null`: nothing of the token is counted by amount. */
  readonly meter: Meter | null
  /** How many free requests its network has left behind this one; left out: it is not one of those. */
  readonly freeLeft?: number
  readonly target: Target
  /** Called by the door when the answer has left, or its client has gone; once is enough. */
  readonly release?: () => void
}

/** Carriers are chosen by `kind`. */
export type Target = HostedTarget | ProxyHttpTarget | ProxyGrpcTarget

/** A creator's own server, spoken to over HTTP. */
export interface ProxyHttpTarget {
  readonly kind: 'proxy-http'
  readonly upstream: Upstream
  /** What it is asked for, without the query; the same path that was judged. */
  readonly path: string
  /** The path on our host that stands for the path of the upstream's own address. */
  readonly place: string
  /** Who tells the volume of its answer, and how; left out: it has none. */
  readonly meter?: VolumeMeter
  readonly isReading: boolean
}

/** A creator's own server, called over gRPC; otherwise as one that is spoken to over HTTP. */
export interface ProxyGrpcTarget extends Omit<ProxyHttpTarget, 'kind'> {
  readonly kind: 'proxy-grpc'
}

/** Bytes that we hold. */
export interface HostedTarget {
  readonly kind: 'hosted'
  readonly content: Content
  /** `free`: anybody may have and keep it; everything else is for this client only. */
  readonly access: 'paid' | 'free'
  /** Whether sending it whole is a reading of the resource. */
  readonly isReading: boolean
}

/** A server of a creator, as a gate calls it, its secrets opened. */
export interface Upstream {
  /** With the path that stands in place of the API's own address, without a slash at its end. */
  readonly url: URL
  /** Until the first byte of an answer, and between any two of its pieces. */
  readonly timeoutMs: number
  /** Fields of its seller's, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** With which every request is signed. */
  readonly signingKey: Uint8Array
}

export interface Content {
  /** Of the bytes themselves, quoted and strong (RFC 9110 8.8.3); `null`: nobody is to ask for them again. */
  readonly etag: string | null
  /** In bytes. */
  readonly length: number
  /** `Content-Type` and what belongs to it, and the `ETag`: what every answer with these bytes says. */
  readonly fields: readonly HeaderField[]
  readonly body: Uint8Array | OpenContent
  /** How it is packed for who accepts that: `best` for what is sent many times, `quick` for once, `none` for pictures. */
  readonly packing: 'best' | 'quick' | 'none'
}

/** The bytes from `start` up to and without `end`, read as they are asked for. */
type OpenContent = (start: number, end: number) => AsyncIterable<Uint8Array>
