/** A mail server that takes whatever it is given and keeps it. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface SmtpSink {
  readonly url: string
  /** What came, oldest first: the recipient of the envelope, and headers and text with their lines joined again. */
  readonly mails: readonly { readonly to: string; readonly text: string }[]
  close(): Promise<void>
}

export async function openSmtpSink(): Promise<SmtpSink> {
  const mails: { to: string; text: string }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)))
    talk(socket, (mail) => mails.push(mail))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** RFC 5321 as far as a client without wishes needs it. */
function talk(socket: Socket, keep: (mail: { to: string; text: string }) => void): void {
  let [heard, to, mark] = ['', '', LINE]
  const answer = (line: string): string => {
    if (mark === TEXT_END) {
      keep({ to, text: joinLines(line) })
      mark = LINE
      return '250 kept'
    }
    to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1] ?? to
    if (/^QUIT$/i.test(line)) return '221 bye'
    if (!/^DATA$/i.test(line)) return '250 ok'
    mark = TEXT_END
    return '354 go on'
  }
  socket.write('220 sink\r\n')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    for (let end = heard.indexOf(mark); end !== -1; end = heard.indexOf(mark)) {
      const line = heard.slice(0, end)
      heard = heard.slice(end + mark.length)
      socket.write(`${answer(line)}\r\n`)
    }
  })
}

const LINE = '\r\n'
const TEXT_END = '\r\n.\r\n'

/** Undoes quoted-printable. */
function joinLines(text: string): string {
  return text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
