/** What the dashboard will not take: writes of other sites, bodies nobody can read, names that are not its own, too long texts. */
import type { Request as PageRequest } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, askWeb } from '#tests/support/ask-web.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
let web: DashboardBrowser['web']
/** A save of the demo creator as the editor sent it, to be sent again with something else in it. */
let save: { readonly path: string; readonly headers: Record<string, string>; readonly id: string }

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  web = dashboard.web
  save = await recordSave()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

async function recordSave() {
  const id = await dashboard.idOf('Storms')
  const page = await dashboard.openDemo(`/resources/${id}`)
  const isSave = (sent: PageRequest) => sent.method() === 'POST' && sent.headers()['next-action'] !== undefined
  const sent = page.waitForRequest(isSave)
  await page.getByLabel('Text in Markdown').fill('# Storms\n\nFree.\n\nPaid.')
  const headers = await (await sent).allHeaders()
  await page.getByText(/^Kept, /).waitFor()
  const { 'next-action': action = '', accept = '', cookie = '' } = headers
  return {
    id,
    path: `/resources/${id}`,
    headers: { 'next-action': action, accept, cookie, 'content-type': 'text/plain;charset=UTF-8', origin: web.origin },
  }
}

const ask = (path: string, asked?: Asked) => askWeb(web, path, asked)

const post = (body: string, headers: Record<string, string | undefined> = {}) =>
  ask(save.path, { method: 'POST', headers: { ...save.headers, ...headers }, body })

const readDraft = () => web.database.owner.client.articleDraft.findFirstOrThrow({ where: { resourceId: save.id } })

/** The arguments of a save, changed by `parts`. */
async function argumentsOf(parts: Record<string, unknown> = {}, id: unknown = save.id): Promise<string> {
  const { revision } = await readDraft()
  const draft = { revision, title: 'Storms', lead: '', slug: null, markdown: 'Free.\n\nPaid twice.', cutBlock: 1 }
  return JSON.stringify([id, { ...draft, ...parts }])
}

describe('a write', () => {
  test('from another origin, another site or from nowhere is refused by 403 and changes nothing; from the page it is kept', async () => {
    const before = await readDraft()
    const body = await argumentsOf({ markdown: 'Free.\n\nPaid, by the page itself.' })
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: undefined },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await post(body, headers)
      expect(answer.status).toBe(403)
      expect(JSON.parse(answer.text)).toEqual({
        reason: 'http.origin_refused',
        message: 'This request may not come from another site.',
      })
    }
    expect(await readDraft()).toEqual(before)
    expect((await post(body, { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await readDraft()).markdown).toBe('Free.\n\nPaid, by the page itself.')
  })

  test('of a form without script meets the same wall, and is taken from the page', async () => {
    const send = (path: string, body: string, origin: string, type = 'application/x-www-form-urlencoded') =>
      ask(path, { method: 'POST', headers: { origin, 'content-type': type }, body })
    const page = (await ask('/sign-in')).text
    const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(page) ?? []
    expect((await send(action, 'email=a%40b.test', 'http://evil.example')).status).toBe(403)
    const taken = await send(action, 'email=no+address', web.origin)
    expect(taken.status).toBe(303)
    expect((await ask(new URL(String(taken.headers.location)).search.replace(/^/, '/sign-in'))).text).toContain(
      'not an e-mail address',
    )
    const multipart = 'multipart/form-data; boundary=X'
    const junk = '--X\r\nContent-Disposition: form-data; name="$ACTION_1:1"\r\n\r\n{\r\n--X--\r\n'
    expect((await send('/sign-in', junk, web.origin, multipart)).status).toBe(400)
    expect((await send('/sign-in', 'no form', web.origin, multipart)).status).toBe(400)
    expect((await send(action, junk, web.origin, multipart)).status).toBe(400)
    expect((await send(action, `email=${'a'.repeat(5000)}`, web.origin)).status).toBe(413)
  })

  test.each(['', '{', 'null', '{}', '["$1"]', '["$Q1"]'])(
    'whose body is %j cannot be read: 400, and nothing changes',
    async (body) => {
      const before = await readDraft()
      const answer = await post(body)
      expect(answer.status).toBe(400)
      expect(JSON.parse(answer.text).reason).toBe('http.malformed')
      expect(await readDraft()).toEqual(before)
    },
  )

  test('that no page of ours would send is answered by a sentence, and nothing changes', async () => {
    const before = await readDraft()
    for (const body of [
      '[]',
      '[1,2]',
      await argumentsOf({ revision: 1.5 }),
      await argumentsOf({ revision: 1e15 }),
      await argumentsOf({ cutBlock: -1 }),
      await argumentsOf({ stranger: true }),
      await argumentsOf({}, 'x'.repeat(500)),
      await argumentsOf({}, `res_${'\0'.repeat(26)}`),
    ]) {
      const answer = await post(body)
      expect(answer.status).toBe(200)
      expect(answer.text).toContain('This could not be read, so nothing was changed.')
    }
    expect(await readDraft()).toEqual(before)
  })

  test('of more than 6 MB is refused before it is read', async () => {
    const answer = await post(await argumentsOf({ markdown: 'x'.repeat(7_000_000) }))
    expect(answer.status).toBe(413)
    const long = await post(await argumentsOf({ markdown: 'x'.repeat(7_000_000) }), { 'transfer-encoding': 'chunked' })
    expect(long.status).toBe(413)
  })

  test('with a list of millions of values is refused, however long it may be', async () => {
    for (const size of [5_700_000, 1_900_000]) {
      const answer = await post(`[${'0,'.repeat(size / 2)}0]`)
      expect([400, 413]).toContain(answer.status)
      expect(JSON.parse(answer.text).message).toEqual(expect.any(String))
    }
  })

  test('that is refused leaves no stack trace in the log', () => {
    expect(web.output()).not.toMatch(/^\s+at /m)
  })
})

describe('the address', () => {
  test('of somebody else is not answered under; its own and those of this computer are', async () => {
    const { port } = new URL(web.origin)
    for (const path of ['/mailbox', '/', '/overview', '/api/health', '/api/auth/session']) {
      for (const host of ['evil.example', `evil.example:${port}`, `localhost.evil.example:${port}`]) {
        const answer = await ask(path, { headers: { host, 'x-forwarded-host': `localhost:${port}` } })
        expect(answer.status).toBe(421)
        expect(answer.text).toBe(`This dashboard answers at ${web.origin} and under no other name. Open it there.\n`)
      }
    }
    expect((await ask('/mailbox')).status).toBe(200)
    expect((await ask('/mailbox', { headers: { host: `10.0.0.7:${port}` } })).status).toBe(421)
    for (const host of [`10.0.0.7:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `localhost:${port}`])
      expect((await ask('/api/health', { headers: { host } })).status).toBe(200)
  })

  test('by which this computer knows itself leads to the right name, with path and query; a forwarded one that is foreign does not', async () => {
    const { port } = web.address
    for (const host of [`127.0.0.1:${port}`, `[::1]:${port}`, `0.0.0.0:${port}`, `localhost.:${port}`, 'localhost']) {
      const answer = await ask('/sign-in?error=Verification', { headers: { host } })
      expect(answer.status).toBe(308)
      expect(answer.headers.location).toBe(`${web.origin}/sign-in?error=Verification`)
      const doubled = await ask('//evil.example/', { headers: { host } })
      expect(new URL(String(doubled.headers.location), web.origin).origin).toBe(web.origin)
    }
    for (const asked of ['@evil.example/', '//evil.example', '.evil.example', ':1@evil.example', '/\\evil.example']) {
      const answer = await ask('/api/own-name', { headers: { 'x-satstile-asked-path': asked } })
      expect(new URL(String(answer.headers.location)).origin).toBe(web.origin)
    }
    expect(
      (await ask('/sign-in', { headers: { host: `127.0.0.1:${port}`, 'x-forwarded-host': web.address.host } })).status,
    ).toBe(200)
    for (const forwarded of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      'evil.example, localhost',
    ]) {
      const headers = { 'x-forwarded-host': forwarded }
      for (const path of ['/', '/sign-in', '/overview', '/api/health'])
        expect((await ask(path, { headers })).status).toBe(421)
      expect((await post(await argumentsOf(), headers)).status).toBe(421)
    }
  })

  test('to go back to is never asked: a script in it is no page, and no fault', async () => {
    for (const path of [
      '/sign-in',
      '/api/auth/signin',
      '/api/auth/callback/email',
      '/sign-in/link',
      '/api/auth/signin/email',
    ]) {
      const answer = await ask(`${path}?callbackUrl=${encodeURIComponent('javascript:alert(1)')}&token=x&email=y`)
      expect(answer.status).toBeLessThan(500)
      expect(String(answer.headers.location ?? '')).not.toContain('javascript')
      expect(answer.text).not.toMatch(/(href|action)="javascript/i)
    }
    const cookie = `next-auth.callback-url=${encodeURIComponent('javascript:alert(1)')}`
    expect((await ask('/sign-in', { headers: { cookie } })).status).toBe(200)
    expect((await ask('/overview', { headers: { cookie: `${save.headers.cookie}; ${cookie}` } })).status).toBe(200)
  })

  test.each(['__proto__', 'constructor', 'toString', 'Verification', 'Other'])(
    'of the sign-in page with the fault %s is the page with a sentence',
    async (error) => {
      const answer = await ask(`/sign-in?error=${error}`)
      expect(answer.status).toBe(200)
      expect(answer.text).toMatch(error === 'Verification' ? /used already/ : /Signing in did not work/)
    },
  )
})

describe('a text that is too long', () => {
  test('is not sent; the editor says why, and goes on as soon as it is shorter', async () => {
    const page = await dashboard.openDemo(save.path)
    const text = page.getByLabel('Text in Markdown')
    await text.waitFor()
    let posts = 0
    page.on('request', (sent) => {
      if (sent.method() === 'POST') posts += 1
    })
    const long = `# Storms\n\n${'word '.repeat(42_000)}`
    await text.fill(long)
    await page.getByText('Kept here only: see below').waitFor()
    await page.getByText('An article can have 200,000 characters').first().waitFor()
    // What a text of 7 MB does at once: the browser's store has no room left.
    await page.evaluate(() => {
      localStorage.clear()
      for (let size = 4_000_000; size > 1000; size /= 2) {
        try {
          for (let n = 0; ; n += 1) localStorage.setItem(`filler ${size} ${n}`, 'x'.repeat(size))
        } catch {
          // This size does not fit any more.
        }
      }
    })
    await text.fill(`${long}more`)
    await page.getByText('Not kept: see below').waitFor()
    await page.getByText('This browser has no room for it either.').waitFor()
    expect(posts).toBe(0)
    await text.fill('# Storms\n\nFree.\n\nShort again.')
    await page.getByText(/^Kept, /).waitFor()
    expect((await readDraft()).markdown).toContain('Short again.')
  })
})

describe('a silent database', () => {
  /** Every answer below is asked for at once: each of them waits for the same connection. */
  const whileSilent = async <T>(act: () => Promise<T>): Promise<T> => {
    web.databaseDoor.cut()
    try {
      return await act()
    } finally {
      web.databaseDoor.heal()
      await until('the database to be back', async () => (await ask('/api/health')).status === 200)
    }
  }
  const paths = () => [
    '/sign-in',
    '/welcome',
    '/resources',
    '/resources/new',
    save.path,
    `${save.path}/price`,
    `${save.path}/access`,
    `${save.path}/activity`,
  ]

  test('is told by every page, with its frame and without a fault; afterwards they are there again', async () => {
    const headers = { cookie: save.headers.cookie }
    await whileSilent(async () => {
      for (const answer of await Promise.all(paths().map((path) => ask(path, { headers })))) {
        expect(answer.status).toBe(200)
        expect(answer.text).toContain('The database does not answer')
        expect(answer.text).toContain('Nothing is lost')
      }
    })
    expect((await ask(save.path, { headers })).text).not.toContain('The database does not answer')
  })

  test('is told by routes as 503 with the time to ask again', async () => {
    const { cookie, origin } = save.headers
    const key = new URL(web.signInUrl)
    const digest = '0'.repeat(64)
    await whileSilent(async () => {
      const answers = await Promise.all([
        ask(key.pathname + key.search),
        ask('/overview/live', { headers: { cookie } }),
        ask(`${save.path}/pictures/${digest}`, { headers: { cookie } }),
        ask(`${save.path}/pictures`, { method: 'POST', headers: { cookie, origin }, body: 'x' }),
      ])
      for (const answer of answers) {
        expect(answer.status).toBe(503)
        expect(answer.headers['retry-after']).toBe('5')
      }
    })
    expect((await ask(key.pathname + key.search)).status).toBe(303)
  })

  test('is told by a save, which the editor keeps here and sends when the database is back', async () => {
    const body = await argumentsOf()
    const page = await dashboard.openDemo(save.path)
    await page.locator('.article-text:not(:empty)').first().waitFor()
    await whileSilent(async () => {
      const answer = await post(body)
      expect(answer.status).toBe(200)
      expect(answer.text).toContain('Not kept yet, the database does not answer')
      await page.getByLabel('Text in Markdown').fill('# Storms\n\nFree.\n\nWritten in silence.')
      await page.getByText(/^Kept here, /).waitFor()
    })
    await page.getByText(/^Kept, /).waitFor()
    expect((await readDraft()).markdown).toContain('Written in silence.')
  })

  test('keeps nobody from asking for a link again, and signs nobody out', async () => {
    const page = await dashboard.openPage()
    // Not the overview, which hears of the silence too and is drawn anew, with its menu closed.
    const demo = await dashboard.openDemo('/settings')
    await page.goto(`${web.origin}/sign-in`)
    await demo.locator('summary', { hasText: 'Account' }).click()
    await whileSilent(async () => {
      await page.getByLabel('E-mail').fill('patient@example.test')
      await page.getByRole('button', { name: 'Send link' }).click()
      await page.getByText('The database does not answer, so no link was sent.').waitFor()
      await demo.getByRole('button', { name: 'Sign out' }).click()
      await demo.getByText('you are still signed in').waitFor()
    })
    await demo.getByRole('button', { name: 'Sign out' }).click()
    await demo.waitForURL('**/sign-in')
  })

  test('does not use up a link that is opened meanwhile', async () => {
    const page = await dashboard.openPage()
    const link = await dashboard.askForLink(page, 'unlucky@example.test')
    await whileSilent(async () => {
      await page.goto(link)
      await page.getByText('The database does not answer. The link still works').waitFor()
    })
    await page.goto(link)
    await page.waitForURL('**/welcome')
  })

  test('leaves no stack trace in the log', () => {
    expect(web.output()).not.toMatch(/^\s+at /m)
  })
})

describe('the first page', () => {
  test('forgets what was said of a price once it is another, and keeps saying it of the same', async () => {
    const page = await dashboard.openPage()
    await page.goto(await dashboard.askForLink(page, 'pricing@example.test'))
    await page.waitForURL('**/welcome')
    const price = page.getByLabel('Price in sats')
    const fault = page.locator('#first-price-fault')
    await price.fill('abc')
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('Not live yet: see the marked fields.').waitFor()
    await fault.waitFor()
    await price.fill('100')
    await fault.waitFor({ state: 'detached' })
    await page.locator('#first-text-fault').waitFor()
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.locator('#first-text-fault').waitFor({ state: 'detached' })
    await price.fill('abc')
    await until('the sentence to come back', () => fault.isVisible())
  })
})

test('the dashboard serves no creator host and verifies nothing: what does both is another process', async () => {
  for (const path of ['/api/gate', '/api/gate/tides', '/api/v1/verify']) {
    for (const method of ['GET', 'POST']) {
      const answer = await ask(path, { method, headers: { origin: web.origin } })
      expect([path, method, [404, 405].includes(answer.status)]).toEqual([path, method, true])
    }
  }
})
