/** Functions of real numbers: machine code for them, four float32 or two float64 at a time. */
import { Code } from '../emit/code.js'
import { type Link, Vector, Vectors } from '../emit/vectors.js'
import { circular } from './circular.js'
import { type Definition, type Definitions, throughFloat64 } from './definition.js'
import { exponential } from './exponential.js'
import { huge } from './huge.js'
import { hyperbolic } from './hyperbolic.js'
import { inverse } from './inverse.js'
import { logarithmic } from './logarithm.js'
import { power } from './power.js'

// --- model
const definitions: Definitions = {
  ...exponential,
  ...logarithmic,
  ...power,
  ...circular,
  ...inverse,
  ...hyperbolic
}

// --- combinators
/** What there is of a name. */
export const definitionOf = (name: string): Definition | undefined => definitions[name]

/** Writes a function out on operands that are on the stack. */
export const writeOut = (code: Code, name: string, isNarrow: boolean, link: Link): void => {
  const { arity, float32, float64 } = definitions[name]
  const v = new Vectors(code, isNarrow ? 'f32x4' : 'f64x2', link)
  const xs: Array<Vector> = []
  for (let k = 0; k < arity; k++) xs.unshift(v.pop())
  v.push((isNarrow ? (float32 ?? throughFloat64(name)) : float64)(v, ...xs))
  v.release()
}

/** The body of a function: a routine, or a name and the type of its lanes. */
export const codeOfFunction = (name: string, link: Link): Code => {
  if (name in huge) return huge[name](link)
  const [, own, type] = /^(.*) (f32x4|f64x2)$/.exec(name) as RegExpExecArray
  const { arity, float32, float64 } = definitions[own]
  const code = new Code(new Array<'v128'>(arity).fill('v128'), ['v128'])
  const v = new Vectors(code, type as 'f32x4' | 'f64x2', link)
  const xs = Array.from({ length: arity }, (_, k) => new Vector(k))
  v.push((type === 'f32x4' ? (float32 ?? throughFloat64(own)) : float64)(v, ...xs))
  return code
}
