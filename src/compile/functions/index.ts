/** Functions of real numbers: machine code for them, four float32 or two float64 at a time. */
import { Code } from '../emit/code.js'
import { type Link, Vector, Vectors } from '../emit/vectors.js'
import { circular } from './circular.js'
import { type Definition, type Definitions, type Formula, throughFloat64 } from './definition.js'
import { errors } from './error.js'
import { exponential } from './exponential.js'
import { gammas, polygammaOf } from './gamma.js'
import { huge } from './huge.js'
import { hyperbolic } from './hyperbolic.js'
import { inverse } from './inverse.js'
import { logarithmic } from './logarithm.js'
import { power } from './power.js'
import { rounded } from './rounding.js'

// --- model
const definitions: Definitions = {
  ...exponential,
  ...logarithmic,
  ...power,
  ...circular,
  ...inverse,
  ...hyperbolic,
  ...errors,
  ...gammas,
  ...rounded
}

// --- combinators
/** What there is of a name; that of polygamma ends in which one it is. */
export const definitionOf = (name: string): Definition | undefined =>
  Object.hasOwn(definitions, name)
    ? definitions[name]
    : name.startsWith('polygamma ')
      ? polygammaOf(Number(name.slice(10)))
      : undefined

const known = (name: string): Definition => {
  const definition = definitionOf(name)
  if (definition === undefined) throw new Error(`compile: there is no function ${name}`)
  return definition
}

const formulaOf = (name: string, { float32, float64 }: Definition, isNarrow: boolean): Formula =>
  isNarrow ? (float32 ?? throughFloat64(name)) : float64

/** Writes a function out on operands that are on the stack. */
export const writeOut = (code: Code, name: string, isNarrow: boolean, link: Link): void => {
  const definition = known(name)
  const v = new Vectors(code, isNarrow ? 'f32x4' : 'f64x2', link)
  const xs: Array<Vector> = []
  for (let k = 0; k < definition.arity; k++) xs.unshift(v.pop())
  v.push(formulaOf(name, definition, isNarrow)(v, ...xs))
  v.release()
}

/** The body of a function: a routine, or a name and the type of its lanes. */
export const codeOfFunction = (name: string, link: Link): Code => {
  if (name in huge) return huge[name](link)
  const at = name.lastIndexOf(' ')
  const [own, type] = [name.slice(0, at), name.slice(at + 1) as 'f32x4' | 'f64x2']
  const definition = known(own)
  const code = new Code(new Array<'v128'>(definition.arity).fill('v128'), ['v128'])
  const v = new Vectors(code, type, link)
  const xs = Array.from({ length: definition.arity }, (_, k) => new Vector(k))
  v.push(formulaOf(own, definition, type === 'f32x4')(v, ...xs))
  return code
}
