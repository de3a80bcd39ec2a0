/** A request that was let in: by which grant, and what a carrier now sends or calls. */
import type { Granted } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
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
  readonly target: Target
}

/** Carriers are chosen by `kind`. */
export type Target = HostedTarget

/** Bytes that we hold. */
export interface HostedTarget {
  readonly kind: 'hosted'
  readonly content: Content
  /** `free`: anybody may have and keep it; everything else is for this client only. */
  readonly access: 'paid' | 'free'
  /** Whether sending it whole is a reading of the resource. */
  readonly isReading: boolean
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
