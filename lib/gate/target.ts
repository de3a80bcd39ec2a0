/** What a carrier sends or calls for a request that was let in; carriers are chosen by `kind`. */
import type { HeaderField } from './request.ts'

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
  /** `Content-Type` and what belongs to it. */
  readonly fields: readonly HeaderField[]
  readonly body: Uint8Array | OpenContent
  /** How it is packed for who accepts that: `best` for what is sent many times, `quick` for once, `none` for pictures. */
  readonly packing: 'best' | 'quick' | 'none'
}

/** The bytes from `start` up to and without `end`, read as they are asked for. */
export type OpenContent = (start: number, end: number) => AsyncIterable<Uint8Array>
