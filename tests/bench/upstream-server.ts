/** What stands behind the proxies that are measured: 2 KiB for every GET, and for every call of gRPC one message. */
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'

const [port = '', grpcPort = ''] = process.argv.slice(2)
const body = Buffer.alloc(2_048, 'x')
const message = Buffer.alloc(105)
message.writeUInt32BE(100, 1)

createHttp2Server()
  .on('stream', (stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(message)
  })
  .listen(Number(grpcPort), '127.0.0.1', () => {
    createServer((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
      res.end(body)
    }).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
  })
