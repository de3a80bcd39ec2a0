/** The way out with a record of what left and what came back; the calls themselves are those of every request. */
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import type { Dispatcher, Egress } from '#lib/egress/egress.ts'

export interface CallRecord {
  sent: {
    readonly at: number
    readonly method: string
    readonly path: string
    readonly headers: readonly unknown[]
  } | null
  back: { readonly at: number; readonly status: number; readonly headers: readonly unknown[] } | null
  /** What the owner of the server is told of its failure. */
  trouble: { readonly at: number; readonly sentence: string } | null
}

type Ways = Pick<Egress, 'pool' | 'http2' | 'speaksHttp2'>

/** Over HTTP/1.1 alone, which is what is listened to. */
export function recordCalls(egress: Ways): { egress: Ways; record: CallRecord } {
  const record: CallRecord = { sent: null, back: null, trouble: null }
  const fail = (cause: unknown) => {
    record.trouble ??= { at: performance.now(), sentence: describeTrouble(cause).publicMessage }
  }
  const pool: Egress['pool'] = (use) => {
    try {
      return egress.pool(use).compose((dispatch) => (options, handler) => {
        const { method, path, headers } = options
        record.sent = { at: performance.now(), method, path, headers: Array.isArray(headers) ? headers : [] }
        return dispatch(options, listen(handler, record, fail))
      })
    } catch (cause) {
      fail(cause)
      throw cause
    }
  }
  return { egress: { pool, http2: egress.http2, speaksHttp2: () => false }, record }
}

function listen(
  handler: Dispatcher.DispatchHandler,
  record: CallRecord,
  fail: (cause: unknown) => void,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onBodySent: (...args) => handler.onBodySent?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart(controller, status, headers, ...rest) {
      const raw = 'rawHeaders' in controller && Array.isArray(controller.rawHeaders) ? controller.rawHeaders : []
      record.back = { at: performance.now(), status, headers: raw }
      handler.onResponseStart?.(controller, status, headers, ...rest)
    },
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError(controller, cause) {
      fail(cause)
      handler.onResponseError?.(controller, cause)
    },
  }
}
