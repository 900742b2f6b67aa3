/**
 * How the tests run. The public paths of the package resolve to their source, by the condition `freegrad-source`. The
 * files that one worker runs share its modules, which would otherwise be loaded and optimized again for each file: a
 * file that changes what all of them see (a spy, an export that tests set) puts it back afterwards. The tests of the
 * built package time it, so they run when the others have ended. The compiler checks every pass, unless FREEGRAD_CHECK=0. With FREEGRAD_TEST_REPORT=FILE the results are also
 * written to FILE as JSON.
 */

import { defineConfig } from 'vitest/config'

const report = process.env.FREEGRAD_TEST_REPORT
const timed = 'test/package.test.ts'

export default defineConfig({
  resolve: { conditions: ['freegrad-source'] },
  ssr: { resolve: { conditions: ['freegrad-source'] } },
  test: {
    globalSetup: ['scripts/extract-docs.mjs'],
    setupFiles: ['test/setup.ts'],
    maxWorkers: '100%',
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**', 'laws/**'],
      reporter: ['text', 'html'],
      reportsDirectory: 'coverage'
    },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['test/**/*.test.ts'],
          exclude: [timed],
          isolate: false,
          env: { FREEGRAD_CHECK: process.env.FREEGRAD_CHECK ?? '1' },
          sequence: { groupOrder: 0 }
        }
      },
      { extends: true, test: { name: 'package', include: [timed], sequence: { groupOrder: 1 } } }
    ]
  }
})
