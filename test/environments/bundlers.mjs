/** Bundlers: each writes `page.js` and `pageWorker.js`, as its users would have it do without options that freegrad needs. */

import { join } from 'node:path'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import webpack from 'webpack'

const names = ['page', 'pageWorker']

/** By name, what bundles the project in a folder into another. */
export const bundlers = {
  esbuild: (project, out) =>
    build({
      entryPoints: names.map((name) => join(project, `${name}.mjs`)),
      bundle: true,
      minify: true,
      format: 'esm',
      outdir: out,
      logLevel: 'warning'
    }),
  rolldown: async (project, out) => {
    for (const name of names) {
      const bundle = await rolldown({ input: join(project, `${name}.mjs`) })
      await bundle.write({ file: join(out, `${name}.js`), format: 'esm', minify: true })
      await bundle.close()
    }
  },
  webpack: (project, out) =>
    new Promise((resolve, reject) => {
      const entry = Object.fromEntries(names.map((name) => [name, join(project, `${name}.mjs`)]))
      const options = { context: project, mode: 'production', entry, output: { path: out, filename: '[name].js' } }
      webpack({ ...options, performance: false }, (error, stats) => {
        if (error !== null || stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')))
        else resolve()
      })
    })
}
