/** Compilation: machine code gives the numbers that evaluation gives. */
import { compile } from 'freegrad'
import { agrees } from './evaluation.js'
import { equation, type Law, type Property, property } from './law.js'
import type { Point } from './point.js'
import { type Row, samplesOf, wholePointOf } from './row.js'

// --- constructors
/** Compiling a program changes none of its numbers by more than rounding, and no zero's sign. */
export const compilation: Law<Point> = agrees(
  'compile',
  (f) =>
    (...xs) =>
      compile(f)(...xs),
  'signed'
)

/** How many threads compute a program changes none of its numbers. */
export const threading: Law<Point> = equation(
  'compile with two threads = compile with one',
  ({ f, x }) => compile(f, { threads: 2 })(...x),
  ({ f, x }) => compile(f, { threads: 1 })(...x),
  'identical'
)

/** The law of compilation for an operation, on all its calls. */
export const compilationLaw = (row: Row): Property =>
  property(compilation, samplesOf(row, row.calls).map(wholePointOf), { runs: 40 })
