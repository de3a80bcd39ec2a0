/** Header values of 16 KiB, each built to make some reader do more work than its length deserves. */

const SIZE = 16_384
const fill = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE)
const P = '11'.repeat(32)

/** By what they try. */
export const HOSTILE_VALUES: Readonly<Record<string, string>> = {
  commas: fill(','),
  'commas and blanks': fill(' , '),
  blanks: fill(' '),
  tabs: fill('\t'),
  'scheme words': fill('L402 '),
  'scheme words between commas': fill('L402,'),
  'schemes of others': fill('Bearer x, '),
  'a long scheme of others': `${fill('x').slice(0, SIZE - 2)} y`,
  'one digit each': fill('L402 a,'),
  'macaroon lists': `L402 ${fill('AA,')}`,
  'credentials, all the same': fill(`L402 AA:${P}, `),
  'credentials, unreadable': fill('L402 !:x, '),
  'credentials, all different': Array.from(
    { length: 200 },
    (_, i) => `L402 AA${String.fromCharCode(65 + (i % 26))}A:${P}`,
  )
    .join(',')
    .slice(0, SIZE),
  'one long macaroon': `L402 ${fill('A')}`,
  'a macaroon just short enough': `L402 ${fill('AgEI').slice(0, 12_200)}:${P}`,
  'long hex': `L402 02${fill('0')}`,
  'long hex just short enough': `L402 02${fill('0').slice(0, 12_200)}:${P}`,
  padding: `L402 ${fill('=')}`,
  colons: fill(':'),
  'colons behind a scheme': `L402 ${fill(':')}`,
  'bare value that almost is one': `${fill('A').slice(0, SIZE - 70)}:${'1'.repeat(63)}`,
  'bare padding': `${fill('=').slice(0, SIZE - 70)}:${P}`,
  quotes: fill('"'),
  'quoted text': `L402 macaroon="${fill('a')}"`,
  backslashes: `L402 macaroon="${fill('\\')}`,
  'escaped quotes': `L402 macaroon="${fill('\\"')}"`,
  parameters: `L402 ${fill('a=b, ')}`,
  'different parameters': `L402 ${Array.from({ length: 3_000 }, (_, i) => `a${i}=`).join(',')}`.slice(0, SIZE),
  'equals signs': fill('='),
  'equals signs and blanks': fill('= '),
  words: fill('a '),
  'words and equals signs': fill('a = '),
  'invoice without end': `L402 macaroon="AA", invoice="lnbc${fill('1')}"`,
  cookies: fill('__Host-l402=AA.'),
  'many cookies': fill('a=b; '),
  'cookies of our names': fill(`__Host-l402=AA.${P}; `),
  semicolons: fill(';'),
  'binary text': fill('\u00ff'),
  'control characters': fill('\u0000'),
}

/** Every field in which a hostile value may come. */
export const HOSTILE_FIELDS = [
  'authorization',
  'cookie',
  'macaroon',
  'grpc-metadata-macaroon',
  'token',
  'x-payment',
] as const
