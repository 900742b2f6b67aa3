/** The doors that are attacked, by name: each is tried by a test here and by `npm run attack`. */
import { argumentsOf } from './arguments.js'
import { decoding } from './decoding.js'
import type { Door } from './engine.js'
import { modules } from './functions.js'

export { attempted, noFigures, together } from './engine.js'

/** Opening a door may take a second, since it lists the functions of the library. */
export const doors: ReadonlyMap<string, () => Door> = new Map([
  ['decoding', () => decoding],
  ['arguments', () => argumentsOf(Object.keys(modules))]
])
