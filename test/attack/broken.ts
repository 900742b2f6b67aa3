/** A door that is broken: the third input does not end, and the sixth ends the process. It is for the test of the attack itself. */
import type { Door } from './engine.js'

export { attempted, noFigures, together } from './engine.js'

const broken: Door = (_, index, say) => {
  say(`input ${index}`)
  if (index === 2) for (;;);
  if (index === 5) process.abort()
  return index === 7 ? { end: 'untyped', thrown: [new TypeError('untyped')] } : { end: 'returned', thrown: [] }
}

export const doors: ReadonlyMap<string, () => Door> = new Map([['broken', () => broken]])
