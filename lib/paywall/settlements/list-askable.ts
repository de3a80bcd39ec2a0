/** A payment is looked for where its row says, and only a payment without a row is looked for everywhere. */
import type { BackendId, Backends, LightningBackend } from '#lib/lightning/backend.ts'

/**
 * The backends that may be asked about an invoice. With a `row`: the one that it names, or none when that is none of
 * ours. `null`, no row: all of them. Throws `LightningFault` when the one that is meant may be one that does not answer.
 */
export async function listAskable(
  backends: Backends,
  row: { readonly backendId: BackendId } | null,
): Promise<readonly LightningBackend[]> {
  if (row === null) return backends.list()
  const backend = await backends.find(row.backendId)
  return backend === null ? [] : [backend]
}
