/** The doors that are attacked, by name: each is tried by a test here and by `npm run attack`. */
import { decoding } from './decoding.js'
import type { Door } from './engine.js'

export { attempted, noFigures, together } from './engine.js'

export const doors: ReadonlyMap<string, Door> = new Map<string, Door>([['decoding', decoding]])
