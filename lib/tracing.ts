/** Where the time of a request goes, told to a collector by OTLP: names and outcomes alone, nothing that a client or a creator wrote. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Span } from '@opentelemetry/api'
import type { Observe } from './observe.ts'

/** What a span may say: words of ours, statuses, methods. */
type SpanFacts = Readonly<Record<string, string | number>>

export interface Tracing {
  /** A span for each piece of work that belongs to a request; other work has none. */
  readonly observe: Observe
  /** One request, known by `key` from now on; `describe` tells what came of it. */
  request<T extends object>(
    key: object,
    facts: SpanFacts,
    trace: { readonly work: () => T | Promise<T>; readonly describe: (found: T) => SpanFacts },
  ): T | Promise<T>
  /** As `observe`, for work that goes on after the request was judged. */
  resume<T>(key: object, name: string, work: () => Promise<T>): Promise<T>
  /** Sends what waits. */
  close(): Promise<void>
}

export interface TracingOptions {
  /** `http://collector:4318`; the path of traces is added. */
  readonly endpoint: string
  /** Part of all requests, 0 to 1. */
  readonly sampled: number
  readonly process: string
}

const SEND_EVERY_MS = 1_000
/** A collector that is away costs memory for so many spans and no more. */
const MAX_SPANS = 4_096
const TIMEOUT_MS = 5_000

/** Loads the library, which nobody else does. A client's own trace is not continued: it would decide what we keep. */
export async function openTracing({ endpoint, sampled, process }: TracingOptions): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({ url: new URL('/v1/traces', endpoint).href, timeoutMillis: TIMEOUT_MS })
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `satstile-${process}` }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampled) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: SEND_EVERY_MS, maxQueueSize: MAX_SPANS }),
    ],
  })
  const tracer = provider.getTracer('satstile')
  const current = new AsyncLocalStorage<Span>()
  const byKey = new WeakMap<object, Span>()

  const fail = (span: Span, cause: unknown): never => {
    // The code of a fault at most: sentences of libraries may repeat what they were given.
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown'
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: code.slice(0, 40) }).end()
    throw cause
  }
  const child = <T>(parent: Span, name: string, work: () => Promise<T>): Promise<T> => {
    const span = tracer.startSpan(name, {}, api.trace.setSpan(api.ROOT_CONTEXT, parent))
    return current.run(span, work).then(
      (found) => {
        span.end()
        return found
      },
      (cause: unknown) => fail(span, cause),
    )
  }

  return {
    observe(name, work) {
      const parent = current.getStore()
      return parent === undefined ? work() : child(parent, name, work)
    },
    request(key, facts, { work, describe }) {
      const span = tracer.startSpan('judge', { kind: api.SpanKind.SERVER, attributes: { ...facts } }, api.ROOT_CONTEXT)
      byKey.set(key, span)
      const end = <T>(found: T, told: SpanFacts): T => {
        span.setAttributes({ ...told }).end()
        return found
      }
      const found = current.run(span, work)
      if (!(found instanceof Promise)) return end(found, describe(found))
      return found.then(
        (later) => end(later, describe(later)),
        (cause: unknown) => fail(span, cause),
      )
    },
    resume(key, name, work) {
      const parent = byKey.get(key)
      return parent === undefined ? work() : child(parent, name, work)
    },
    close: () => provider.shutdown().catch(() => undefined),
  }
}
