/** Files of the repository, by folder. */

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's own folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * The files under `folder` whose names end in `suffix`, sorted, as paths from `base` with forward slashes.
 * A folder that does not exist has none.
 * @param {string} folder
 * @param {string} suffix
 * @param {string} [base]
 * @returns {string[]}
 */
export const filesUnder = (folder, suffix, base = root) =>
  existsSync(join(base, folder))
    ? readdirSync(join(base, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(suffix))
        .map((name) => `${folder}/${name.split(sep).join('/')}`)
        .sort()
    : []
