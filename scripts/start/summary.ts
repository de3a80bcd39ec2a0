/** What a start ends with: where everything answers, and three commands that show what a paywall does. */
import type { RunFacts } from './run-file.ts'

/** The block that `npm start` ends with. */
export function formatSummary(facts: RunFacts, { dataDir, seconds }: { dataDir: string; seconds: string }): string {
  return [
    '',
    `Satstile is ready (${seconds}).`,
    '',
    `  dashboard    ${facts.app}`,
    `  gateway      ${facts.gateway}`,
    ...(facts.door ? [`  second door  ${facts.door}`] : []),
    ...(facts.wallet ? [`  demo wallet  ${facts.wallet}`] : []),
    ...(facts.signIn ? ['', '  Sign in as the demo creator:', `    ${facts.signIn}`] : []),
    ...(facts.articles.length > 0 ? ['', '  Articles on sale:', ...facts.articles.map((url) => `    ${url}`)] : []),
    ...(facts.file ? ['', '  A file on sale:', `    ${facts.file}`] : []),
    ...(facts.api && facts.stream ? ['', '  APIs on sale:', `    ${facts.api}`, `    ${facts.stream}`] : []),
    ...(facts.chat ? [`    ${facts.chat}`] : []),
    ...(facts.grpc ? ['', '  A gRPC service on sale (scores.v1.Scores):', `    ${facts.grpc}`] : []),
    ...curlCommands(facts),
    '',
    `  data and logs ${dataDir}`,
    '  Ctrl-C ends everything.',
    '',
  ].join('\n')
}

/** Each stands alone, so that it can be pasted in any order. */
function curlCommands({ articles, wallet }: RunFacts): string[] {
  const [article] = articles
  if (article === undefined || wallet === undefined) return []
  const challenge = `c=$(curl -si ${article} | tr -d '\\r' | grep -i '^www-authenticate: l402')`
  const field = (name: string) => `$(echo "$c" | sed 's/.*${name}="\\([^"]*\\)".*/\\1/')`
  const pay = `p=$(curl -s ${wallet}/pay -d "{\\"invoice\\":\\"${field('invoice')}\\"}" -H 'content-type: application/json' | sed 's/.*"preimage":"\\([0-9a-f]*\\)".*/\\1/')`
  return [
    '',
    '  What is on sale, a price, and a purchase, as a program sees them:',
    `    curl -s ${new URL('/.well-known/l402.json', article)}`,
    `    curl -si ${article}`,
    `    ${challenge}; ${pay}; curl -s ${article} -H "Authorization: L402 ${field('macaroon')}:$p"`,
  ]
}
