/** Which creator a host name means, and which host a creator has: the pattern `*.localhost:8402`, read both ways. */

export interface CreatorHosts {
  /** `harbor.localhost:8402` for `harbor`. */
  hostOf(handle: string): string
  /** The handle in a host as a client sent it (lower case, port kept); null: no creator can live there. */
  handleOf(host: string): string | null
}

const HANDLE = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** `pattern` is `CREATOR_HOSTS`: one `*` at the front for the handle. */
export function createCreatorHosts(pattern: string): CreatorHosts {
  const suffix = pattern.replace(/^\*/, '')
  return {
    hostOf: (handle) => `${handle}${suffix}`,
    handleOf(host) {
      if (!host.endsWith(suffix)) return null
      const handle = host.slice(0, -suffix.length)
      return HANDLE.test(handle) ? handle : null
    },
  }
}
