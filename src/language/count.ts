/**
 * Counts: numbers of a user that say how many there are to be. A count is checked before anything of its size is made: the
 * elements of a term, which costs nothing until it runs; numbers that are written down at once; or terms, one for each.
 */
import { written } from './describe.js'
import { fail } from './error.js'
import type { Type } from './type.js'

// --- model
/** The elements that a tensor can have along an axis: their bytes are still counted exactly. */
export const mostElements = 2 ** 50 - 1
/** The numbers that are written down while a program is built, as the indices of a triangle are. */
export const mostNumbers = 2 ** 26
/** The terms that are made one by one, as the parts of a tensor are. */
export const mostTerms = 2 ** 18

type Bounds = Readonly<{ least?: number; most?: number; operands?: ReadonlyArray<Type> }>

// --- combinators
/**
 * `n` if it is a whole number from `least` (0) to `most`, otherwise a `ShapeError` that names the function, the number and
 * the limit. `option` is what the number is called, and `things` is what it counts.
 */
export const countOf = (
  name: string,
  option: string,
  n: number,
  things: string,
  { least = 0, most = mostElements, operands = [] }: Bounds = {}
): number =>
  Number.isInteger(n) && n >= least && n <= most
    ? n
    : fail(
        'ShapeError',
        name,
        typeof n === 'number' && n > most ? `${n} ${things} are too many` : `there are no ${written(n)} ${things}`,
        {
          operands,
          hint: `${option} is a whole number from ${least} to ${most}`
        }
      )
