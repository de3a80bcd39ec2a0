import { expect, test } from 'vitest'
import { isPageLoad, wantsPage } from './media.ts'

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

function asking(headers: Record<string, string>) {
  return { headers: Object.entries(headers) }
}

test.each([
  ['a browser', { Accept: CHROME, 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0' }],
  ['a text browser', { Accept: 'text/html, text/*;q=0.5, image/*', 'User-Agent': 'w3m/0.5.3' }],
  ['whoever names HTML and no name of their own', { Accept: 'text/html' }],
  ['HTML beside JSON', { Accept: 'application/json, text/html' }],
  ['HTML before JSON', { Accept: 'application/json;q=0.5, text/html' }],
  ['a browser that shows its cookie', { Accept: CHROME, Cookie: '__Host-l402=x' }],
])('gets the page: %s', (_who, headers) => {
  expect(isPageLoad(asking(headers))).toBe(true)
})

test.each([
  ['curl and most libraries', { Accept: '*/*', 'User-Agent': 'curl/8.9.1' }],
  ['a library that calls itself a browser', { Accept: '*/*', 'User-Agent': 'Mozilla/5.0 (compatible; fetcher)' }],
  ['no Accept at all', { 'User-Agent': 'Go-http-client/1.1' }],
  ['JSON before HTML', { Accept: 'application/json, text/html;q=0.9' }],
  ['HTML refused', { Accept: 'text/html;q=0, */*' }],
  ['a weight that cannot be read', { Accept: 'text/html;q=high' }],
  ['a credential', { Accept: CHROME, Authorization: 'L402 x' }],
  ['a program that says how it pays', { Accept: CHROME, 'Accept-Authenticate': 'L402' }],
  [
    "Java's own client, whose default names HTML",
    { Accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'User-Agent': 'Java/21.0.4' },
  ],
])('gets the 402: %s', (_who, headers) => {
  expect(isPageLoad(asking(headers))).toBe(false)
})

test.each([
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)',
  'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
  'Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)',
  'Twitterbot/1.0',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0 A',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
  'http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.social/) Bot',
  'Synapse (bot; +https://github.com/matrix-org/synapse)',
  'Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)',
  'Viber/13.3.0.1',
  'Iframely/1.3.1 (+https://iframely.com/docs/about)',
])('a robot that reads for people gets the page even with */*: %s', (agent) => {
  expect(isPageLoad(asking({ Accept: '*/*', 'User-Agent': agent }))).toBe(true)
})

test.each([
  'curl/8.9.1',
  'Wget/1.21.4',
  'python-requests/2.32.3',
  'Python-urllib/3.12',
  'python-httpx/0.28.0',
  'Python/3.12 aiohttp/3.10.5',
  'Go-http-client/2.0',
  'Java/21.0.4',
  'Apache-HttpClient/5.3 (Java/21)',
  'okhttp/4.12.0',
  'axios/1.7.7',
  'node',
  'undici',
  'Deno/2.0',
  'Bun/1.1',
  'node-fetch',
  'got (https://github.com/sindresorhus/got)',
  'reqwest/0.12',
  'Ruby',
  'GuzzleHttp/7',
  'libwww-perl/6.77',
  'PostmanRuntime/7.42.0',
  'HTTPie/3.2.3',
  'Dart/3.5 (dart:io)',
  'lnget/0.1',
  'satstile/0.1',
])('an HTTP library is no robot and gets the 402: %s', (agent) => {
  expect(isPageLoad(asking({ Accept: '*/*', 'User-Agent': agent }))).toBe(false)
})

test('an error is told as a page to whoever wants HTML, by any agent, and as JSON to the others', () => {
  expect(wantsPage(asking({ Accept: 'text/html', 'User-Agent': 'Lynx/2.9.2' }))).toBe(true)
  expect(wantsPage(asking({ Accept: '*/*', 'User-Agent': 'Mozilla/5.0' }))).toBe(false)
})
