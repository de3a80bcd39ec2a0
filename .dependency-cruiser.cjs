/** The import rules of ARCHITECTURE.md, layer by layer; the numbers are those of its list. */

/** Pure files of a domain folder: `noun.ts`, told apart from `noun-store.ts` and `verb-noun.ts` by name (CONTRIBUTING.md). */
const NOUNS = [
  'creators/(api-key|creator|profile|reserved-handle)',
  'offers/(offer|price|pricing)',
  'prices/(price-question|price-answer|prices-rpc)',
  'rates/(rate|agree)',
  'resources/(access|resource)',
  'blocks/block(-list)?',
  'resources/api/(path-pattern|rule|upstream)',
  'resources/article/article',
  'keys/key-ring',
  'challenges/challenge(-id)?',
  'entitlements/(entitlement|counter|draw|meter|volume-meter)',
  'tokens/extend-token',
  'settlements/(invoice|stray)',
  'ledger/posting',
  'webhooks/event',
].map((path) => `^lib/paywall/${path}\\.ts$`)

const NODE_BUILT_IN = { dependencyTypes: ['core'] }
const TESTS = '\\.test\\.tsx?$'

/** One forbidden arrow, with the sentence that a person reads when it is drawn. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid(
      '1-protocol-is-pure',
      'lib/l402 imports itself, lib/money and pure packages',
      { path: '^lib/l402/', pathNot: TESTS },
      {
        pathNot: [
          '^lib/l402/',
          '^lib/money\\.ts$',
          '^node_modules/(@noble/ciphers|@noble/curves|@scure/base|light-bolt11-decoder)/',
        ],
      },
    ),
    forbid(
      '2-nouns-are-pure',
      'a noun imports pure files only: no store, no database, no clock',
      { path: NOUNS },
      {
        pathNot: [
          ...NOUNS,
          '^lib/(money|ids|errors)\\.ts$',
          '^lib/lightning/backend\\.ts$',
          '^lib/l402/',
          '^node_modules/zod/',
        ],
      },
    ),
    forbid(
      '3-prisma-in-stores',
      'the generated client is for *-store.ts and lib/db.ts',
      {
        path: '^(app|gateway|workers|lib|prisma|packages|devnode)/',
        pathNot: ['-store\\.ts$', '^lib/db\\.ts$', '^prisma/generated/', TESTS],
      },
      { path: '^(prisma/generated/|node_modules/(@prisma/client|\\.prisma)/)' },
    ),
    forbid(
      '4-lightning-is-a-port',
      'lib/paywall sees Lightning as backend.ts and payer.ts only',
      { path: '^lib/(paywall|gate)/', pathNot: TESTS },
      {
        path: '^lib/lightning/',
        pathNot: '^lib/lightning/(backend|payer)\\.ts$',
      },
    ),
    forbid(
      '4-lnd-in-one-place',
      "lnd's wire is spoken by lib/lightning/lnd/ alone",
      { path: '^(app|gateway|workers|lib)/', pathNot: '^lib/lightning/lnd/' },
      {
        path: '^node_modules/(lightning|@grpc)/',
      },
    ),
    forbid(
      '4-crypto-in-one-place',
      'node:crypto is imported by lib/crypto.ts alone',
      {
        path: '^(app|gateway|workers|lib)/',
        pathNot: ['^lib/crypto\\.ts$', TESTS],
      },
      { ...NODE_BUILT_IN, path: '^(node:)?crypto$' },
    ),
    forbid(
      '5-gate-knows-no-transport',
      'lib/gate imports neither Next nor an HTTP server',
      { path: '^lib/gate/', pathNot: TESTS },
      {
        path: ['^(node:)?(http|https|http2|net|tls)$', '^node_modules/(next|undici)/', '^(gateway|workers|app)/'],
      },
    ),
    forbid(
      '5-kinds-behind-one-door',
      'what only one kind of resource has is for its row in lib/gate/kinds; the rest of the gate and the paywall knows kind.ts',
      { path: '^lib/(gate|paywall)/', pathNot: ['^lib/gate/kinds/', '^lib/paywall/resources/', TESTS] },
      { path: ['^lib/gate/kinds/(?!kind\\.ts$)', '^lib/paywall/resources/[^/]+/'] },
    ),
    forbid(
      '6-processes-stand-apart',
      'app, gateway and workers do not import one another',
      { path: '^(app|gateway|workers)/' },
      {
        path: '^(app|gateway|workers)/',
        pathNot: '^$1/',
      },
    ),
    forbid(
      '6-lib-below-processes',
      'lib never imports what stands above it',
      { path: '^lib/' },
      { path: '^(app|gateway|workers|devnode|packages|scripts)/' },
    ),
    forbid(
      '6-compose-in-main',
      'only main.ts, workers/roles.ts and app/_server/deps.ts, put the parts together',
      {
        path: '^(app|gateway|workers|lib|packages)/',
        pathNot: [
          '^(gateway|gateway/second-door|workers)/main\\.ts$',
          '^workers/roles\\.ts$',
          '^app/_server/deps\\.ts$',
          '^lib/compose',
          TESTS,
        ],
      },
      { path: '^lib/compose' },
    ),
    forbid(
      '7-queue-in-one-place',
      'BullMQ is for workers/queue.ts and lib/notices.ts',
      {
        path: '^(app|gateway|workers|lib|packages)/',
        pathNot: ['^workers/queue\\.ts$', '^lib/notices\\.ts$', TESTS],
      },
      { path: '^node_modules/bullmq/' },
    ),
    forbid(
      '7-figures-in-one-place',
      'Prometheus is spoken by lib/metrics.ts alone, OpenTelemetry by lib/tracing.ts, which loads it when it is asked for',
      { path: '^(app|gateway|workers|lib|packages)/', pathNot: ['^lib/(metrics|tracing)\\.ts$', TESTS] },
      { path: '^node_modules/(prom-client|@opentelemetry)/' },
    ),
    forbid(
      '8-packages-stand-alone',
      'packages/* import the protocol and money only',
      { path: '^packages/([^/]+)/', pathNot: TESTS },
      {
        path: '^(app|gateway|workers|devnode|lib|scripts|tests|prisma)/',
        pathNot: ['^lib/l402/', '^lib/money\\.ts$'],
      },
    ),
    forbid(
      '8-devnode-shares-nothing',
      'the dev node imports nothing of ours, so it cannot repeat our mistakes',
      { path: '^devnode/', pathNot: TESTS },
      {
        path: '^(app|gateway|workers|lib|packages|scripts|tests|prisma)/',
      },
    ),
    forbid(
      '9-reader-is-pure',
      'lib/reader is React and props: no store, no request',
      { path: '^lib/reader/', pathNot: TESTS },
      {
        path: [
          '^lib/(paywall|gate|lightning|content|egress)/',
          '^lib/(db|compose|config|notices|crypto)\\.ts$',
          '^prisma/',
          '^node_modules/(next|pg)/',
        ],
      },
    ),
    forbid(
      '9-egress-alone-goes-out',
      'a URL that a creator chose is opened by lib/egress: resolved once, judged, pinned (Biome forbids fetch and connect)',
      { path: '^(app|gateway|workers|lib)/', pathNot: ['^lib/egress/', TESTS] },
      { path: ['^(node:)?(https|dns|dns/promises|dgram)$', '^node_modules/undici/'] },
    ),
    forbid(
      '9-egress-knows-no-domain',
      'the client that goes out knows addresses and bytes: no creator, no row, no gate',
      { path: '^lib/egress/', pathNot: TESTS },
      { path: '^lib/', pathNot: ['^lib/egress/', '^lib/l402/address\\.ts$', '^lib/(errors|log)\\.ts$'] },
    ),
    forbid(
      '9-layers',
      'the domain does not know the gate, the pages or who composes it',
      { path: '^lib/(paywall|content|lightning|egress)/', pathNot: TESTS },
      {
        path: ['^lib/(gate|reader)/', '^lib/compose'],
      },
    ),
    forbid('9-no-cycles', 'a circle of imports has no first file', {}, { circular: true }),
    forbid(
      '9-tests-are-leaves',
      'nothing imports tests',
      { path: '^(app|gateway|workers|devnode|lib|packages|scripts|prisma)/', pathNot: TESTS },
      { path: '^tests/' },
    ),
    forbid(
      '9-no-barrels',
      'an index file is for the surface of a package',
      { path: '^(app|gateway|workers|devnode|lib)/' },
      {
        path: '^(app|gateway|workers|devnode|lib)/.*index[.]tsx?$',
      },
    ),
    forbid(
      '10-server-only',
      'server-only marks app/_server and nothing else',
      { pathNot: '^app/_server/' },
      { path: 'server-only' },
    ),
    forbid(
      'house-resolves',
      'an import leads somewhere (server-only is part of Next)',
      {},
      { couldNotResolve: true, pathNot: '^server-only$' },
    ),
    forbid(
      'house-declared',
      'what runs is declared in package.json',
      { path: '^(app|gateway|workers|devnode|lib|packages|scripts)/', pathNot: TESTS },
      {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        pathNot: '^node_modules/@types/',
      },
    ),
    forbid(
      'house-no-test-packages',
      'npm start installs no packages for tests',
      {
        path: '^(app|gateway|workers|devnode|lib|packages|prisma)/',
        pathNot: [TESTS, '^prisma/generated/'],
      },
      { dependencyTypes: ['npm-dev'] },
    ),
  ],
  options: {
    parser: 'acorn',
    babelConfig: { fileName: '.dependency-cruiser.babel.cjs' },
    doNotFollow: { path: ['node_modules', '^prisma/generated'] },
    exclude: { path: '^(\\.next|dist|coverage|reports)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.css'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'require', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
