/** A seller's price server: real HTTP, or a real `@grpc/grpc-js` server that speaks Aperture's `pricesrpc`. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

/** What was asked, as the server read it. */
interface Asking {
  readonly body: Record<string, unknown>
  readonly headers: IncomingMessage['headers']
  readonly raw: string
}

export interface PriceServer {
  readonly port: number
  readonly url: string
  readonly asked: Asking[]
  /** Answers from now on: the JSON of a price, or whatever a broken server does. */
  serve: (asking: Asking, res: ServerResponse) => unknown
  close(): Promise<void>
}

/** Answers `{"price_sats": 7}` until told otherwise. */
export async function startPriceServer(): Promise<PriceServer> {
  const asked: Asking[] = []
  const server = createServer((req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece: Buffer) => pieces.push(piece))
    req.on('end', () => {
      const raw = Buffer.concat(pieces).toString()
      const asking = { body: JSON.parse(raw) as Record<string, unknown>, headers: req.headers, raw }
      asked.push(asking)
      started.serve(asking, res)
    })
  })
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const started: PriceServer = {
    port,
    url: `http://127.0.0.1:${port}/price`,
    asked,
    serve: (_asking, res) => sendJson(res, { price_sats: 7 }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return started
}

export function sendJson(res: ServerResponse, body: unknown, type = 'application/json'): void {
  res.writeHead(200, { 'Content-Type': type }).end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** As published by Aperture; older versions lack `http_request_text`. */
const PROTO = `syntax = "proto3"; package pricesrpc;
service Prices { rpc GetPrice (GetPriceRequest) returns (GetPriceResponse); }
message GetPriceRequest { string path = 1; string http_request_text = 2; }
message GetPriceResponse { int64 price_sats = 1; }`

export interface GrpcPriceServer {
  readonly port: number
  readonly url: string
  readonly asked: { path: string; http_request_text: string }[]
  /** The price of a path, or a status of gRPC. */
  price: (path: string) => number | string | { code: status }
  close(): Promise<void>
}

export async function startGrpcPriceServer(): Promise<GrpcPriceServer> {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-prices-'))
  const file = join(folder, 'prices.proto')
  writeFileSync(file, PROTO)
  const loaded = loadPackageDefinition(loadSync(file, { keepCase: true, longs: String })) as unknown as {
    pricesrpc: { Prices: { service: ServiceDefinition } }
  }
  rmSync(folder, { recursive: true })
  const server = new Server()
  const started: GrpcPriceServer = {
    port: 0,
    url: '',
    asked: [],
    price: () => 7,
    close: async () => server.forceShutdown(),
  }
  server.addService(loaded.pricesrpc.Prices.service, {
    GetPrice(
      { request }: ServerUnaryCall<GrpcPriceServer['asked'][number], unknown>,
      done: sendUnaryData<{ price_sats: number | string }>,
    ) {
      started.asked.push(request)
      const price = started.price(request.path)
      if (typeof price === 'object') done({ code: price.code, details: 'no price' })
      else done(null, { price_sats: price })
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (cause, bound) =>
      cause === null ? resolve(bound) : reject(cause),
    )
  })
  return Object.assign(started, { port, url: `http://127.0.0.1:${port}` })
}
