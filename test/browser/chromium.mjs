/** Chromium: the one in CHROMIUM, or Debian's, which is installed if it is missing and may be. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const debian = '/usr/bin/chromium'

/** The path of Chromium. Throws if there is none, with what to do. */
export const chromiumPath = () => {
  const path = process.env.CHROMIUM ?? debian
  if (existsSync(path)) return path
  if (path === debian && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('installs chromium by apt-get')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']])
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (existsSync(path)) return path
  }
  throw new Error(`there is no Chromium at ${path}: apt-get install chromium, or set CHROMIUM to the path of one`)
}
