/** A request that a seller tries at their own API, and what passed on its way there and back. */
import { isNormalPath } from '#lib/l402/path.ts'

/** Who asks: nobody who paid, somebody who did, somebody whose access has ended. */
export const TEST_ROLES = ['stranger', 'payer', 'expired'] as const
export type TestRole = (typeof TEST_ROLES)[number]

export interface TestRequest {
  readonly role: TestRole
  readonly method: string
  /** Below the API's own address, with its query: `/nodes/alice?full=1`. */
  readonly path: string
}

/** One of the four: the client's request, ours to the upstream, its answer, ours to the client. */
export interface TestMessage {
  readonly of: 'in' | 'upstream' | 'back' | 'out'
  /** Since the request came, in milliseconds. */
  readonly atMs: number
  /** First line and fields; what is secret is masked. */
  readonly head: string
  /** The beginning of the body as text; empty: none. */
  readonly body: string
}

export interface TestResult {
  /** `passed`: the upstream answered. `refused`: the gate said no, as it should or not. `failed`: the upstream gave no result. */
  readonly verdict: 'passed' | 'refused' | 'failed'
  /** What it came to, in a sentence. */
  readonly text: string
  /** Those that there were, in order. */
  readonly messages: readonly TestMessage[]
}

const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/
const MAX_PATH = 2_048

/** Field -> sentence; empty: it can be tried. */
export function refuseTest({ method, path }: TestRequest): Record<string, string> {
  const [bare = ''] = path.split('?')
  const isPath = path.length <= MAX_PATH && /^\/[!-~]*$/.test(path) && !path.includes('#') && isNormalPath(bare)
  return {
    ...(!METHOD.test(method) && { method: 'Choose GET, HEAD, POST, PUT, PATCH or DELETE.' }),
    ...(!isPath && { path: 'Write a path such as /nodes/alice?full=1, other letters as %XX.' }),
  }
}
