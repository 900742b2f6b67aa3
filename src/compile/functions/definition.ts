/** Definitions: functions of real numbers as formulas over vectors, from which their machine code is written. */
import { Sketch, type Template } from '../wasm/template.js'
import { type Operand, Vector, Vectors } from '../wasm/vectors.js'

// --- model
/** What comes of vectors, lane by lane: the lanes must not depend on each other. */
export type Formula = (v: Vectors, ...xs: ReadonlyArray<Vector>) => Vector

/** A function: its formula for float64, and that for float32 unless it is computed in float64 too. */
export interface Definition {
  readonly arity: number
  /** How long one number takes, in additions. */
  readonly cost: number
  readonly float64: Formula
  readonly float32: Formula | undefined
}

export type Definitions = Readonly<Record<string, Definition>>

/** A function that is written, with its cost. */
export type Written = Readonly<{ cost: number; template: Template }>

// Most functions are polynomials of about ten terms.
const usualCost = 20

// --- constructors
/** A function with one formula for both types of lanes. */
export const both = (formula: Formula, arity = 1): Definition => ({
  arity,
  cost: usualCost,
  float64: formula,
  float32: formula
})

/** One with a formula for most arguments, and a function of the first one, by name, for what a mask tells to be rare. */
export const guarded = (isRare: Formula, usual: Formula, other: string, arity = 1): Definition =>
  both((v, x, ...more) => v.rarely(isRare(v, x), usual(v, x, ...more), () => v.call(other, x)), arity)

/** A function that is computed in float64 always. */
export const inFloat64 = (formula: Formula, arity = 1): Definition => ({
  arity,
  cost: usualCost,
  float64: formula,
  float32: undefined
})

/** The same function with another cost than the usual one, in additions. */
export const costing = (cost: number, definition: Definition): Definition => ({ ...definition, cost })

/** Writes a function by its definition; its name ends in the type of its lanes. */
export const writtenFrom = (name: string, { arity, cost, float32, float64 }: Definition): Written => {
  const at = name.lastIndexOf(' ')
  const type = name.slice(at + 1) as 'f32x4' | 'f64x2'
  const code = new Sketch(new Array<'v128'>(arity).fill('v128'), ['v128'])
  const v = new Vectors(code, type)
  const formula = v.isNarrow ? (float32 ?? throughFloat64(name.slice(0, at))) : float64
  v.push(formula(v, ...Array.from({ length: arity }, (_, k) => new Vector(k))))
  return { cost, template: code.done() }
}

// --- combinators
/** The float32 formula of a function that is computed in float64. */
const throughFloat64 =
  (name: string): Formula =>
  (v, ...xs) => {
    const wide = v.wide
    const halves = xs.map((x) => v.halves(x))
    const [low, high] = [0, 1].map((k) => wide.call(name, ...halves.map((half) => half[k])))
    return v.joined(low, high)
  }

/** `1.5 · 2^p` for a mantissa of `p` bits: added to a small number it rounds it to an integer, which its lowest bits are. */
export const roundingOf = (v: Vectors): number => (v.isNarrow ? 1.5 * 2 ** 23 : 1.5 * 2 ** 52)

/** The number of bits behind a number's exponent. */
export const mantissaOf = (v: Vectors): number => (v.isNarrow ? 23 : 52)

/** The number whose bits are the exponent of `2^0` in its place. */
export const bitsOfOne = 1

/** `2^n` for an integer `n` within the exponents of normal numbers. */
export const powerOfTwo = (v: Vectors, n: Operand): Vector =>
  v.plus(v.up(v.add(n, roundingOf(v)), mantissaOf(v)), bitsOfOne)
