/**
 * The packed package in every environment: `npm run test:environments`. It is installed into an empty project, whose suite runs
 * in releases of Node, in Deno and in Bun, and, bundled, in pages of Chromium under several content security policies.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { chromiumPath } from '../browser/chromium.mjs'
import { bundlers } from './bundlers.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const project = mkdtempSync(join(tmpdir(), 'freegrad-environments-'))
const seconds = 120

// --- the project
const npm = (folder, ...args) =>
  execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const install = () => {
  const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', project))
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  npm(project, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', `./${filename}`, 'fp-ts', 'io-ts')
  for (const file of ['suite.mjs', 'process.mjs', 'worker.mjs', 'required.cjs', 'page.mjs', 'pageWorker.mjs'])
    cpSync(join(here, file), join(project, file))
}

// --- processes
const { arch } = process
const binary = (path) => join(here, 'node_modules', path)

/** By name, the command of each: the lock file has those of Linux. */
const processes = [
  ...[20, 22, 24, 26].map((major) => [`Node ${major}`, binary(`node${major}-linux-${arch}/bin/node`), []]),
  ['Deno', binary(`@deno/linux-${arch}-glibc/deno`), ['run', '--allow-all', '--no-prompt']],
  ['Bun', binary(`@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`), []]
]

const versionOf = (command) => spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout?.trim().split('\n')[0]

const runProcess = (command, flags) => {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' }
  const options = { cwd: project, encoding: 'utf8', env, timeout: seconds * 1000 }
  const { status, stdout, stderr, error } = spawnSync(command, [...flags, 'process.mjs'], options)
  return status === 0 ? '' : [error?.message, stdout, stderr].filter(Boolean).join('\n') || `it ended with ${status}`
}

// --- pages
const strict = "default-src 'none'; worker-src 'self'; script-src 'self'"

/** What a page may do, by what its address asks for, and the policy that says so. */
const policies = {
  '': undefined,
  '?strict': `${strict} 'wasm-unsafe-eval'`,
  '?forbidden': strict
}

const serve = async (folder) => {
  const server = createServer(({ url }, response) => {
    const { pathname, search } = new URL(url, 'http://localhost')
    const policy = policies[search]
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    if (policy !== undefined) response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Content-Type', pathname === '/' ? 'text/html' : 'text/javascript')
    if (pathname === '/')
      response.end(`<!doctype html><title>freegrad</title><script type="module" src="/page.js${search}"></script>`)
    else if (pathname === '/page.js' || pathname === '/pageWorker.js')
      response.end(readFileSync(join(folder, pathname)))
    else response.writeHead(404).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const runPage = async (browser, address) => {
  const page = await browser.newPage()
  const said = []
  const ended = new Promise((resolve) => {
    const timeout = setTimeout(() => resolve([`nothing after ${seconds} s`, ...said]), seconds * 1000)
    page.on('pageerror', (error) => resolve([error.stack ?? String(error)]))
    page.on('console', (message) => {
      const text = message.text()
      if (text.startsWith('{"failed"')) resolve(JSON.parse(text).failed)
      else said.push(text)
    })
    page.on('close', () => clearTimeout(timeout))
  })
  await page.goto(address)
  const failed = await ended
  await page.close()
  return failed.join('\n')
}

// --- the run
let failed = 0
const report = (name, problem) => {
  console.log(problem === '' ? `passed: ${name}` : `failed: ${name}\n${problem}`)
  if (problem !== '') failed++
}

install()
for (const [name, command, flags] of processes) report(`${name} (${versionOf(command)})`, runProcess(command, flags))

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })
for (const [name, bundle] of Object.entries(bundlers)) {
  const out = join(project, name)
  mkdirSync(out)
  await bundle(project, out)
  const server = await serve(out)
  for (const search of Object.keys(policies))
    report(
      `Chromium ${browser.version()}, bundled by ${name}, ${search === '' ? 'no policy' : policies[search]}`,
      await runPage(browser, `http://127.0.0.1:${server.address().port}/${search}`)
    )
  server.close()
}
await browser.close()
rmSync(project, { recursive: true })
process.exitCode = failed === 0 ? 0 : 1
