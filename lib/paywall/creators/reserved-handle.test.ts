import { describe, expect, test } from 'vitest'
import { isReserved } from './reserved-handle.ts'

describe('nobody gets the handle', () => {
  test.each(
    (
      'info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp ' +
      'wpad autodiscover autoconfig mta-sts isatap localhost mail smtp imap ns1 root admin administrator ssladmin ' +
      'l402 lightning wallet checkout payments sign-in settings operator'
    ).split(' '),
  )('%s, which others trust', (handle) => expect(isReserved(handle)).toBe(true))

  test.each(['web-master', 'mtasts', 'auto-discover', 'no--reply', 'signin'])('%s, however it is joined', (handle) =>
    expect(isReserved(handle)).toBe(true),
  )

  test.each([
    'satstile',
    'sats-tile',
    'satsti1e',
    'satst1le',
    'sat5tile',
    '5a7s7il3',
    'satstlle',
    'satstiie',
    'satztile',
    'the-satstile-team',
    'satstiles',
    'my-sa-ts-ti-le',
  ])('%s, which looks like our name', (handle) => expect(isReserved(handle)).toBe(true))
})

test.each([
  'harbor',
  'harbor-notes',
  'stiles',
  'turnstile',
  'satsuma',
  'newsroom',
  'mailman',
  'rooted',
  'sales-diary',
  'wpad-history',
])('%s, which is nobody else and not ours, can be had', (handle) => expect(isReserved(handle)).toBe(false))
