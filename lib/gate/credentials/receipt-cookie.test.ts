import { describe, expect, test } from 'vitest'
import { claimCookieField, credentialCookieFields, type HeldCookie, placeCredential } from './receipt-cookie.ts'

const held = (value: string, covered = false): HeldCookie => ({ value, covered, validUntil: null })
const added = { value: 'new', validUntil: null }
const values = (cookies: readonly HeldCookie[]) => placeCredential(cookies, added).map((cookie) => cookie.value)

describe('at most three credentials in a browser', () => {
  test('a credential that covers none takes the first name, and the third drops out', () => {
    expect(values([held('a'), held('b'), held('c')])).toEqual(['new', 'a', 'b'])
  })

  test('a credential takes the place of the one it covers', () => {
    expect(values([held('a'), held('b', true), held('c')])).toEqual(['a', 'new', 'c'])
  })

  test('a credential that covers several leaves one', () => {
    expect(values([held('a', true), held('b'), held('c', true)])).toEqual(['new', 'b'])
  })

  test('claiming twice does not keep the same credential twice', () => {
    expect(values([held('new', true), held('a')])).toEqual(['new', 'a'])
  })
})

describe('cookie fields', () => {
  const now = new Date('2026-11-20T12:00:00Z')
  const field = (credential: { value: string; validUntil: Date | null }, secure: boolean) =>
    credentialCookieFields([credential], { secure, now, present: new Map() })

  test('over TLS the name pins host and path, and no script can read it', () => {
    expect(field(added, true)).toEqual([
      ['Set-Cookie', '__Host-l402=new; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=34560000'],
    ])
  })

  test('on loopback the cookie has its plain name', () => {
    expect(field(added, false)).toEqual([['Set-Cookie', 'l402=new; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000']])
  })

  test('a cookie does not outlive its token', () => {
    const [cookie] = field({ value: 'new', validUntil: new Date('2026-11-20T12:01:00Z') }, true)
    expect(cookie?.[1]).toContain('Max-Age=60')
  })

  test('a place that became empty is taken back', () => {
    const present = new Map([['__Host-l402-2', 'old']])
    const fields = credentialCookieFields([added], { secure: true, now, present })
    expect(fields[1]?.[1]).toBe('__Host-l402-2=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0')
  })

  test('a claim secret is sent to our own addresses only', () => {
    const [, value] = claimCookieField(true, { challengeId: 'chl_1', secret: 's' })
    expect(value).toMatch(/^__Secure-l402c-chl_1=s; Path=\/_l402\/; HttpOnly; Secure; SameSite=Lax; /)
  })
})
