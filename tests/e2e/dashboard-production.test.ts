/** The dashboard as it runs for real: by https alone, with cookies that say so, and without what is for development. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askWeb } from '#tests/support/ask-web.ts'
import { openSmtpSink, type SmtpSink } from '#tests/support/smtp-sink.ts'
import { startTestWeb, type TestWeb } from '#tests/support/web.ts'

let production: TestWeb
let development: TestWeb
let smtp: SmtpSink

beforeAll(async () => {
  smtp = await openSmtpSink()
  ;[production, development] = await Promise.all([
    startTestWeb({
      appUrl: 'https://app.satstile.example',
      env: {
        SATSTILE_MODE: 'production',
        NEXTAUTH_SECRET: randomBytes(32).toString('hex'),
        CREATOR_HOSTS: '*.stiles.example',
        DEV_SIGN_IN_KEY: '',
        TRUSTED_PROXIES: '127.0.0.1',
      },
    }),
    startTestWeb({ env: { SMTP_URL: smtp.url } }),
  ])
})
afterAll(() => Promise.all([production?.close(), development?.close(), smtp?.close()]))

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('every answer asks browsers for https from then on; in development none does', async () => {
  for (const path of ['/', '/sign-in', '/nothing-here', '/overview', '/api/health']) {
    expect((await askWeb(production, path)).headers['strict-transport-security']).toBe('max-age=31536000')
    expect((await askWeb(development, path)).headers['strict-transport-security']).toBeUndefined()
  }
  const host = 'evil.example'
  expect((await askWeb(production, '/', { headers: { host } })).headers['strict-transport-security']).toBeDefined()
})

test('the names of this computer lead to the public one; a proxy that passes the public name is answered', async () => {
  const { port, host: name } = production.address
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `${name}.`]) {
    const answer = await askWeb(production, '/sign-in?error=Silent', { headers: { host } })
    expect([host, answer.status]).toEqual([host, 308])
    expect(answer.headers.location).toBe(`${production.origin}/sign-in?error=Silent`)
  }
  const forwarded = { host: `127.0.0.1:${port}`, 'x-forwarded-host': name }
  expect((await askWeb(production, '/sign-in', { headers: forwarded })).status).toBe(200)
  expect((await askWeb(production, '/sign-in', { headers: { host: 'evil.example' } })).status).toBe(421)
})

test('cookies of a sign-in stay with this host and with https', async () => {
  const answer = await askWeb(production, '/sign-in/link', {
    method: 'POST',
    headers: { ...form, origin: production.origin },
    body: 'email=a%40example.test',
  })
  const cookies = answer.headers['set-cookie'] ?? []
  expect(cookies.length).toBeGreaterThan(0)
  for (const cookie of cookies)
    expect(cookie).toMatch(/^__Host-[^;]+;(?=.*\bSecure\b)(?=.*\bHttpOnly\b)(?=.*Path=\/;)(?!.*Domain)/i)
})

test('a mail that cannot leave is told beside the field, and the log has no address and no code', async () => {
  const answer = await askWeb(production, '/sign-in/link', {
    method: 'POST',
    headers: { ...form, origin: production.origin },
    body: 'email=unsent%40example.test',
  })
  expect(answer.headers.location).toBe(`${production.origin}/sign-in?error=Failed`)
  expect(production.output()).not.toContain('unsent@')
})

test.each(["o'brien@example.test", 'a&b=c@example.test'])(
  'the mail to %s goes to that address alone, with a link and a code of which each signs in',
  async (address) => {
    for (const way of ['link', 'code']) {
      const headers = { ...form, origin: development.origin }
      const body = new URLSearchParams({ email: address }).toString()
      const asked = await askWeb(development, '/sign-in/link', { method: 'POST', headers, body })
      expect(asked.headers.location).toBe(`${development.origin}/sign-in/sent`)
      const mail = smtp.mails.at(-1)
      expect(mail?.to).toBe(address)
      const link = /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? ''
      const code = /: ([2-9A-Z]{4}-[2-9A-Z]{4})\r?$/m.exec(mail?.text ?? '')?.[1] ?? ''
      const cookie = (asked.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
      const opened =
        way === 'link'
          ? await askWeb(development, link.replace(development.origin, ''), { headers: { cookie } })
          : await askWeb(development, '/sign-in/code', {
              method: 'POST',
              headers: { ...headers, cookie },
              body: `code=${code}`,
            })
      expect([way, opened.headers.location]).toEqual([way, `${development.origin}/overview`])
      expect(String(opened.headers['set-cookie'])).toContain('next-auth.session-token=')
    }
  },
)

test('clients are told apart by what a trusted proxy says of them, each with mails of its own', async () => {
  const ask = async (client: string, n: number) => {
    const headers = { ...form, origin: production.origin, 'x-forwarded-for': client }
    const body = `email=crowd%2B${n}%40example.test`
    return (await askWeb(production, '/sign-in/link', { method: 'POST', headers, body })).headers.location
  }
  for (let n = 0; n < 20; n += 1) expect(await ask('192.0.2.1', n)).toContain('error=Failed')
  expect(await ask('192.0.2.1', 20)).toContain('error=Limited')
  expect(await ask('198.51.100.1', 21)).toContain('error=Failed')
})

test('mailbox and development sign-in are not there', async () => {
  for (const path of ['/mailbox', '/api/dev/sign-in?key=']) expect((await askWeb(production, path)).status).toBe(404)
})
