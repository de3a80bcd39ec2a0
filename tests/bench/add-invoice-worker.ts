/**
 * Asks an lnd for invoices as fast as it makes them, with as little work as a client can have: one HTTP/2 connection, the
 * same bytes for every call, nothing read of the answer but its status. Arguments: socket, files of certificate and
 * macaroon. For each `Order` of its parent it answers one `Load`.
 */
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { createRequire } from 'node:module'
import { loadSync } from '@grpc/proto-loader'
import type { Load } from './load-support.ts'

export interface Order {
  readonly connections: number
  readonly seconds: number
  /** What the gateway would ask for. */
  readonly invoice: { readonly memo: string; readonly value_msat: string; readonly expiry: string }
}

const [socket = '', certFile = '', macaroonFile = ''] = process.argv.slice(2)
const macaroon = readFileSync(macaroonFile).toString('hex')

function encode(invoice: Order['invoice']): Buffer {
  const file = createRequire(import.meta.url).resolve('lightning/grpc/protos/lightning.proto')
  const service = loadSync(file, { keepCase: true, longs: String })['lnrpc.Lightning']
  const method = (service as Record<string, { requestSerialize(value: unknown): Buffer }>).AddInvoice
  const message = method?.requestSerialize(invoice) ?? Buffer.alloc(0)
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}

/** One call; rejects when lnd did not make the invoice. */
function addInvoice(session: ClientHttp2Session, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/lnrpc.Lightning/AddInvoice',
      'content-type': 'application/grpc',
      te: 'trailers',
      macaroon,
    })
    let status: unknown = null
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status']
    })
    stream.once('error', reject)
    stream.once('end', () => (status === '0' ? resolve() : reject(new TypeError(`AddInvoice ended with ${status}`))))
    stream.resume()
    stream.end(frame)
  })
}

async function work(session: ClientHttp2Session, order: Order): Promise<Load> {
  const frame = encode(order.invoice)
  const latenciesMs: number[] = []
  const begun = performance.now()
  const end = begun + order.seconds * 1000
  const askAgain = async () => {
    while (performance.now() < end) {
      const startedAt = performance.now()
      await addInvoice(session, frame)
      latenciesMs.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: order.connections }, askAgain))
  return { seconds: (performance.now() - begun) / 1000, latenciesMs }
}

const session = connect(`https://${socket}`, { ca: readFileSync(certFile), servername: 'localhost' })
process.on('message', (order: Order) => void work(session, order).then((load) => process.send?.(load)))
process.on('disconnect', () => process.exit(0))
session.once('connect', () => process.stdout.write('ready\n'))
