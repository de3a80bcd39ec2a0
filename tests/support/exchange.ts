/** Bytes on a socket, as an attacker or an old client writes them. */
import { connect } from 'node:net'

/** Writes exactly these bytes to a port of the loopback and answers everything that came until the server closed. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}
