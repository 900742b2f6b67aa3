/** How the tests run: every public path of the package resolves to its source, by the `freegrad-source` condition. */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['freegrad-source'] },
  ssr: { resolve: { conditions: ['freegrad-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts']
  }
})
