/** Sells a gRPC service to clients that are not ours, over long streams, in processes of their own. */
import { join } from 'node:path'
import { build } from '#scripts/build.ts'
import { runShown } from '#scripts/test/run-shown.ts'

const program = join(import.meta.dirname, '../../tests/lab/grpc.ts')

/** `false`: something was not as it must be. What needs Go is told as not run where Go is not installed. */
export async function grpc(args: readonly string[]): Promise<boolean> {
  await build({ only: ['client', 'reader', 'bundles'] })
  return runShown([program, ...args])
}
