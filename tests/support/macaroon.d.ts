/** The parts of the npm package `macaroon` 3.0.4 that the tests use as an oracle. */
declare module 'macaroon' {
  export interface NpmCaveat {
    readonly identifier: Uint8Array
    readonly location?: string
    readonly vid?: Uint8Array
  }
  export interface NpmMacaroon {
    readonly identifier: Uint8Array
    readonly location: string | undefined
    readonly signature: Uint8Array
    readonly caveats: readonly NpmCaveat[]
    addFirstPartyCaveat(caveat: Uint8Array | string): void
    addThirdPartyCaveat(rootKey: Uint8Array, caveatId: Uint8Array | string, location?: string): void
    bindToRoot(signature: Uint8Array): void
    clone(): NpmMacaroon
    /** Throws when the macaroon does not verify; `check` answers `null` for a condition that holds. */
    verify(rootKey: Uint8Array, check: (condition: string) => string | null, discharges?: readonly NpmMacaroon[]): void
    exportBinary(): Uint8Array
  }
  export function newMacaroon(input: {
    identifier: Uint8Array | string
    location?: string
    rootKey: Uint8Array
    version?: number
  }): NpmMacaroon
  export function importMacaroon(bytes: Uint8Array): NpmMacaroon
}
