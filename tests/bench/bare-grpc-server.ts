/** A bare pass-through of HTTP/2 streams over one connection: what a gRPC call through the gateway is held against. */
import { connect, createServer } from 'node:http2'

const [upstream = '', port = ''] = process.argv.slice(2)
const session = connect(upstream)

createServer()
  .on('stream', (stream, headers) => {
    const { ':path': path, 'content-type': type } = headers
    const sent = session.request({ ':method': 'POST', ':path': path, 'content-type': type, te: 'trailers' })
    sent.on('response', ({ ':status': status, 'content-type': answered }) => {
      stream.respond({ ':status': status, 'content-type': answered }, { waitForTrailers: true })
    })
    let trailers = {}
    sent.on('trailers', ({ 'grpc-status': code }) => {
      trailers = { 'grpc-status': code }
    })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.pipe(sent).pipe(stream)
  })
  .listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
