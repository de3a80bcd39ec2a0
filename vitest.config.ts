import { defineConfig } from 'vitest/config'

/**
 * A test file waits for servers, deadlines and polls as long as it computes, so two cores carry two of them; more would
 * come too late for the guarantees that name a time.
 */
const FILES_AT_ONCE = 2

/** One project per tier; `scripts/test.ts` runs them in order and adds up what they say. */
const tier = (name: string, include: string[], options: { testTimeout?: number } = {}) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', 'dist/**', '.next/**'],
    environment: 'node',
    testTimeout: options.testTimeout ?? 10_000,
    hookTimeout: 120_000,
    maxWorkers: FILES_AT_ONCE,
  },
})

export default defineConfig({
  test: {
    projects: [
      tier('unit', ['{lib,gateway,workers,devnode,packages,app,scripts}/**/*.test.{ts,tsx}']),
      tier('integration', ['tests/{integration,contract}/**/*.test.ts'], { testTimeout: 60_000 }),
      tier('http', ['tests/{http,interop}/**/*.test.ts'], { testTimeout: 60_000 }),
      tier('e2e', ['tests/e2e/**/*.test.ts'], { testTimeout: 180_000 }),
      tier('faults', ['tests/faults/**/*.test.ts'], { testTimeout: 300_000 }),
    ],
    coverage: { provider: 'v8', include: ['lib/l402/**/*.ts'], exclude: ['**/*.test.ts'] },
  },
})
