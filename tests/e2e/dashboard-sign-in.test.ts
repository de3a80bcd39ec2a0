/** Signing in by mail: who is let in, who is not, and that nobody can close the door to somebody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { askWeb } from '#tests/support/ask-web.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
let web: DashboardBrowser['web']

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  web = dashboard.web
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

/** A browser of its own, at the end of `node:http`: it keeps cookies and follows nothing. */
function openJar() {
  const jar = new Map<string, string>()
  const send = async (path: string, body?: string) => {
    const answer = await askWeb(web, path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        origin: web.origin,
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: body ?? '',
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    return { ...answer, location: answer.headers.location?.replace(web.origin, '') ?? null }
  }
  return {
    jar,
    open: (path: string) => send(path),
    ask: (address: string) => send('/sign-in/link', new URLSearchParams({ email: address }).toString()),
    type: (code: string) => send('/sign-in/code', new URLSearchParams({ code }).toString()),
  }
}

/** Mails to `address`, the newest first, as the mailbox of the development copy shows them. */
async function mailsTo(address: string): Promise<{ link: string; code: string }[]> {
  const { text } = await askWeb(web, '/mailbox')
  return [...text.matchAll(/<li class[^>]*>(.*?)<\/li>/gs)]
    .map(([item]) => item.replaceAll('<!-- -->', '').replaceAll('&amp;', '&').replaceAll('&#x27;', "'"))
    .filter((item) => item.includes(`to ${address}<`))
    .map((item) => ({
      link: (/href="([^"]+)"/.exec(item)?.[1] ?? '').replace(web.origin, ''),
      code: /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(item)?.[0] ?? '',
    }))
}

const isIn = async (browser: ReturnType<typeof openJar>) => (await browser.open('/welcome')).status === 200

describe('a code', () => {
  test('typed in the browser that asked signs it in, once, in either case and however it is spaced', async () => {
    const page = await dashboard.openPage()
    await dashboard.askForLink(page, 'typist@example.test')
    const [mail] = await mailsTo('typist@example.test')
    await page.goto(`${web.origin}/sign-in/sent`)
    await page.getByText('typist@example.test').waitFor()
    await page.getByLabel('Or type the code from the mail').fill(` ${mail?.code.toLowerCase().replace('-', ' ')} `)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/welcome')
    await page.context().clearCookies({ name: /session-token/ })
    await page.goto(`${web.origin}/sign-in/sent`)
    await page.getByLabel('Or type the code from the mail').fill(mail?.code ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This code does not fit').waitFor()
  })

  test('typed in another browser opens nothing, even in one that asked for the same address', async () => {
    const [asker, thief] = [openJar(), openJar()]
    await asker.ask('coded@example.test')
    await thief.ask('coded@example.test')
    const mails = await mailsTo('coded@example.test')
    expect(mails.length).toBe(2)
    expect((await thief.type(mails[1]?.code ?? '')).location).toBe('/sign-in/sent?error=Code')
    expect(await isIn(thief)).toBe(false)
    expect((await asker.type(mails[1]?.code ?? '')).location).toBe('/overview')
    expect(await isIn(asker)).toBe(true)
  })

  test('is guessed ten times at most; then the browser asks for a new one, which works', async () => {
    const guesser = openJar()
    await guesser.ask('guessed@example.test')
    const [mail] = await mailsTo('guessed@example.test')
    for (let n = 0; n < 10; n += 1) expect((await guesser.type('AAAA-AAAA')).location).toBe('/sign-in/sent?error=Code')
    expect((await guesser.type(mail?.code ?? '')).location).toBe('/sign-in?error=Tries')
    expect(await isIn(guesser)).toBe(false)
    await guesser.ask('guessed@example.test')
    const [next] = await mailsTo('guessed@example.test')
    expect((await guesser.type(next?.code ?? '')).location).toBe('/overview')
  })

  test('that is no code is told so and counts for nothing', async () => {
    const browser = openJar()
    expect((await browser.type('AAAA-AAAA')).location).toBe('/sign-in?error=Verification')
    await browser.ask('clumsy@example.test')
    for (const text of ['', 'x', 'AAAA-AAA0', 'A'.repeat(400)])
      expect((await browser.type(text)).location).toBe('/sign-in/sent?error=Code')
  })
})

describe('links', () => {
  // One client has twenty mails in a quarter of an hour, and this file asks for more.
  beforeAll(() => web.restart())

  test('that one browser asked for within 15 minutes all work in it, whichever is opened first', async () => {
    const browser = openJar()
    for (const address of ['first@example.test', 'second@example.test', 'third@example.test'])
      await browser.ask(address)
    for (const address of ['second@example.test', 'first@example.test', 'third@example.test']) {
      browser.jar.delete('next-auth.session-token')
      const [mail] = await mailsTo(address)
      expect((await browser.open(mail?.link ?? '')).location).toBe('/overview')
      expect(await isIn(browser)).toBe(true)
    }
  })

  test('opened elsewhere say so, use nothing up, and name no address that they were not sent to', async () => {
    const [asker, other] = [openJar(), openJar()]
    await asker.ask('elsewhere@example.test')
    const [mail] = await mailsTo('elsewhere@example.test')
    expect((await other.open(mail?.link ?? '')).location).toBe('/sign-in?error=OtherBrowser')
    const bent = (mail?.link ?? '').replace('elsewhere%40example.test', 'harbor%40example.test')
    expect(bent).not.toBe(mail?.link)
    expect((await asker.open(bent)).location).toBe('/sign-in?error=Verification')
    expect(await isIn(asker)).toBe(false)
    const cookie = [...asker.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    expect((await askWeb(web, mail?.link ?? '', { method: 'HEAD', headers: { cookie } })).status).toBe(200)
    expect((await asker.open(mail?.link ?? '')).location).toBe('/overview')
  })

  test('opened twenty at once sign in once, and two new accounts never come of one address', async () => {
    const browser = openJar()
    await browser.ask('racing@example.test')
    const [mail] = await mailsTo('racing@example.test')
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.open(mail?.link ?? '')))
    expect(answers.filter(({ location }) => location === '/overview').length).toBe(1)
    expect(await web.database.owner.client.user.count({ where: { email: 'racing@example.test' } })).toBe(1)
  })

  test('of one new address opened in several browsers at once are one account, and all of them are in', async () => {
    const browsers = Array.from({ length: 4 }, openJar)
    for (const browser of browsers) await browser.ask('shared@example.test')
    const mails = (await mailsTo('shared@example.test')).reverse()
    const answers = await Promise.all(browsers.map((browser, n) => browser.open(mails[n]?.link ?? '')))
    expect(answers.map(({ location }) => location)).toEqual(browsers.map(() => '/overview'))
    expect(await web.database.owner.client.user.count({ where: { email: 'shared@example.test' } })).toBe(1)
  })

  test.each(["o'brien@example.test", 'a&b@example.test', 'x=y@example.test', '!#$%*+/?^_`{|}~-@example.test'])(
    'reach %s, and sign it in',
    async (address) => {
      const browser = openJar()
      expect((await browser.ask(address)).location).toBe('/sign-in/sent')
      const [mail] = await mailsTo(address)
      expect((await browser.open(mail?.link ?? '')).location).toBe('/overview')
    },
  )
})

describe('the e-mail field', () => {
  beforeAll(() => web.restart())

  test('keeps its text after a fault, and for another link', async () => {
    const page = await dashboard.openPage({ javaScriptEnabled: false })
    await page.goto(`${web.origin}/sign-in`)
    await page.getByLabel('E-mail').fill('no address')
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.getByText('This is not an e-mail address').waitFor()
    expect(await page.getByLabel('E-mail').inputValue()).toBe('no address')
    await page.getByLabel('E-mail').fill('kept@example.test')
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.waitForURL('**/sign-in/sent')
    await page.getByRole('link', { name: 'Send another link' }).click()
    expect(await page.getByLabel('E-mail').inputValue()).toBe('kept@example.test')
  })

  test('needs no script, and neither does the link', async () => {
    const page = await dashboard.openPage({ javaScriptEnabled: false })
    await page.goto(await dashboard.askForLink(page, 'scriptless@example.test'))
    await page.waitForURL('**/welcome')
  })
})

describe('what is stored', () => {
  test('signs nobody in: neither as a session nor as a link', async () => {
    const browser = openJar()
    await browser.ask('copied@example.test')
    const { client } = web.database.owner
    const link = await client.verificationToken.findFirstOrThrow({ where: { identifier: 'copied@example.test' } })
    expect((await browser.type(link.token.slice(0, 8))).location).not.toBe('/overview')
    const [mail] = await mailsTo('copied@example.test')
    await browser.open(mail?.link ?? '')
    const held = browser.jar.get('next-auth.session-token') ?? ''
    const session = await client.session.findFirstOrThrow({ where: { user: { email: 'copied@example.test' } } })
    expect(session.sessionToken).toMatch(/^[0-9a-f]{64}$/)
    expect(session.sessionToken).not.toBe(held)
    const thief = openJar()
    thief.jar.set('next-auth.session-token', session.sessionToken)
    expect(await isIn(thief)).toBe(false)
    thief.jar.set('next-auth.session-token', held)
    expect(await isIn(thief)).toBe(true)
  })

  test('a session that this browser had before opens nothing after the next sign-in', async () => {
    const browser = openJar()
    await browser.ask('again@example.test')
    const [mail] = await mailsTo('again@example.test')
    await browser.open(mail?.link ?? '')
    const before = browser.jar.get('next-auth.session-token') ?? ''
    await browser.ask('again2@example.test')
    const [next] = await mailsTo('again2@example.test')
    await browser.open(next?.link ?? '')
    const old = openJar()
    old.jar.set('next-auth.session-token', before)
    expect(await isIn(old)).toBe(false)
    expect(await isIn(browser)).toBe(true)
  })

  test('and has run out is gone at the next start; what is alive stays', async () => {
    const { client } = web.database.owner
    const [gone, alive] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)]
    const user = await client.user.create({ data: { email: 'pruned@example.test' } })
    for (const [mark, expires] of [
      ['a', gone],
      ['b', alive],
    ] as const) {
      await client.session.create({ data: { userId: user.id, sessionToken: mark.repeat(64), expires } })
      await client.verificationToken.create({
        data: { identifier: 'pruned@example.test', token: mark.repeat(64), expires },
      })
    }
    await web.restart()
    await until(
      'what ran out to be deleted',
      async () => (await client.session.count({ where: { userId: user.id } })) === 1,
    )
    const links = await client.verificationToken.findMany({ where: { identifier: 'pruned@example.test' } })
    expect(links.map(({ token }) => token)).toEqual(['b'.repeat(64)])
  })
})

describe('mail', () => {
  test('to an address that strangers asked for is sent to its owner all the same', async () => {
    for (let n = 0; n < 5; n += 1) await openJar().ask('wanted@example.test')
    const owner = openJar()
    expect((await owner.ask('wanted@example.test')).location).toBe('/sign-in/sent')
    const [mail] = await mailsTo('wanted@example.test')
    expect((await owner.open(mail?.link ?? '')).location).toBe('/overview')
  })

  test('asked for twice in a minute by one browser is one mail, whose link and code hold', async () => {
    const browser = openJar()
    for (let n = 0; n < 4; n += 1) expect((await browser.ask('twice@example.test')).location).toBe('/sign-in/sent')
    const mails = await mailsTo('twice@example.test')
    expect(mails.length).toBe(1)
    expect((await browser.type(mails[0]?.code ?? '')).location).toBe('/overview')
  })

  test('of one client ends after twenty, whatever it says of its address', async () => {
    await web.restart()
    const locations: (string | null)[] = []
    for (let n = 0; n < 40; n += 1) {
      const answer = await askWeb(web, '/sign-in/link', {
        method: 'POST',
        headers: {
          origin: web.origin,
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': `192.0.2.${n}`,
          'x-satstile-client': `192.0.2.${n}`,
        },
        body: `email=victim%2B${n}%40example.test`,
      })
      locations.push(answer.headers.location?.replace(web.origin, '') ?? null)
    }
    expect(locations.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => '/sign-in/sent'))
    expect(locations.slice(20)).toEqual(Array.from({ length: 20 }, () => '/sign-in?error=Limited'))
    expect((await askWeb(web, '/sign-in?error=Limited')).text).toContain('Many links were asked for from your network.')
  })
})
