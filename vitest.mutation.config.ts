import { defineConfig } from 'vitest/config'

/** The tests of the token core for mutation testing, less the two that repeat a check very often: minutes per mutant. */
export default defineConfig({
  test: {
    include: ['lib/l402/**/*.test.ts'],
    exclude: ['**/mutations.test.ts', '**/differential.test.ts'],
    setupFiles: ['tests/support/quick-properties.ts'],
    isolate: false,
    environment: 'node',
  },
})
