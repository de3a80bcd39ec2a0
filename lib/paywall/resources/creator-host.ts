/** Which creator a host name means, and which host a creator has: the pattern `*.localhost:8402`, read both ways. */

export interface CreatorHosts {
  /** `harbor.localhost:8402` for `harbor`. */
  hostOf(handle: string): string
  /** The handle in a host as a client sent it (lower case, port kept); null: no creator can live there. */
  handleOf(host: string): string | null
}

const HANDLE = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/**
 * `pattern` is `CREATOR_HOSTS`: one `*` at the front for the handle. `named` is `NAMED_HOSTS`: hosts of single creators,
 * for clients that cannot resolve such a name, and where there are no wildcard names.
 */
export function createCreatorHosts(pattern: string, named = ''): CreatorHosts {
  const suffix = pattern.replace(/^\*/, '')
  const handles = new Map(named === '' ? [] : named.split(',').map((pair) => pair.split('=') as [string, string]))
  return {
    hostOf: (handle) => `${handle}${suffix}`,
    handleOf(host) {
      const known = handles.get(host)
      if (known !== undefined) return known
      if (!host.endsWith(suffix)) return null
      const handle = host.slice(0, -suffix.length)
      return HANDLE.test(handle) ? handle : null
    },
  }
}
