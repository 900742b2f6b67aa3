/**
 * Counts: numbers given by a caller that determine how much is allocated. A count is checked before anything of its size is
 * allocated. There are three limits: for the elements of a term, which cost nothing until it runs; for numbers that are computed
 * while the program is built; and for terms that are built one by one.
 */
import { written } from './describe.js'
import { fail } from './error.js'
import type { Type } from './type.js'

// --- model
/** The largest number of elements along an axis, whose bytes can still be counted exactly. */
export const mostElements = 2 ** 50 - 1
/** The largest number of numbers that are computed while a program is built, such as the indices of a triangle. */
export const mostNumbers = 2 ** 26
/** The largest number of terms that are built one by one, such as the parts of a split tensor. */
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
