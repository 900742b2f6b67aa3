/**
 * The tests of `compile` in a browser: `npm run test:browser`. They are bundled into a static page that Chromium opens
 * twice, with cross-origin isolation and without, where there is no shared memory.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { rolldown } from 'rolldown'
import { chromiumPath } from './chromium.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const minutes = 20

// --- combinators
/** The page's script. */
const bundle = async () => {
  const build = await rolldown({
    cwd: root,
    input: join(here, 'page.ts'),
    platform: 'browser',
    // Tests are imported for their effect alone.
    treeshake: false,
    resolve: {
      conditionNames: ['freegrad-source', 'import'],
      alias: { vitest: join(here, 'vitest.ts'), 'node:fs': join(here, 'fs.ts'), 'node:vm': join(here, 'vm.ts') }
    }
  })
  const { output } = await build.generate({ format: 'esm' })
  await build.close()
  return output[0].code
}

/** A server of the page, whose headers isolate it or not. */
const serve = async (script, isolated) => {
  const files = {
    '/': [
      'text/html',
      '<!doctype html><title>freegrad</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'
    ],
    '/page.js': ['text/javascript', script],
    '/functions.json': ['application/json', readFileSync(join(root, 'test/math/functions.json'))]
  }
  const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ['text/plain', '']
    response.writeHead(url in files ? 200 : 404, { 'Content-Type': type, ...(isolated ? isolation : {}) })
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Runs the page, and gives how many tests passed and how many did not. */
const run = async (browser, script, isolated) => {
  const server = await serve(script, isolated)
  const page = await browser.newPage()
  let tests = 0
  const counts = { passed: 0, failed: 0 }
  const ended = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`the page took more than ${minutes} minutes`)), minutes * 60_000).unref()
    page.on('pageerror', reject)
    page.on('crash', () => reject(new Error('the page has crashed')))
    page.on('console', (message) => {
      const text = message.text()
      if (!text.startsWith('{')) return console.log(text)
      const outcome = JSON.parse(text)
      if (outcome.done) resolve()
      else if ('isolated' in outcome && outcome.isolated !== isolated)
        reject(new Error('the page is not as isolated as it should be'))
      else if (outcome.error !== undefined) console.log(`failed: ${outcome.name}\n${outcome.error}`)
      if ('name' in outcome && ++tests % 100 === 0) console.log(`${tests} tests`)
      if ('name' in outcome) counts[outcome.error === undefined ? 'passed' : 'failed']++
    })
  })
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  await ended
  await page.close()
  server.close()
  console.log(`${isolated ? 'isolated' : 'not isolated'}: ${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed
}

// --- the run
const script = await bundle()
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
let failed = 0
for (const isolated of [true, false]) failed += await run(browser, script, isolated)
await browser.close()
process.exitCode = failed === 0 ? 0 : 1
