/**
 * Written: the functions of real numbers as templates, from their definitions. To write them takes some milliseconds, so
 * the build puts them, as text, in the place of this file (`scripts/build.mjs`).
 */
import { textOf } from '../wasm/template.js'
import { circular } from './circular.js'
import { type Definitions, type Written, writtenFrom } from './definition.js'
import { errors } from './error.js'
import { exponential } from './exponential.js'
import { gammas } from './gamma.js'
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
/** The function of a name with a type of lanes, or one of the functions of a single number, which only functions call. */
export const written = (name: string): Written | undefined => {
  if (Object.hasOwn(huge, name)) return { cost: 0, template: huge[name]().done() }
  const own = name.slice(0, name.lastIndexOf(' '))
  return Object.hasOwn(definitions, own) ? writtenFrom(name, definitions[own]) : undefined
}

/** All of them as text, a line each: the name, the cost and the template, with bars between them. */
export const writtenText = (): string =>
  [...Object.keys(definitions).flatMap((name) => [`${name} f32x4`, `${name} f64x2`]), ...Object.keys(huge)]
    .map((name) => {
      const { cost, template } = written(name) as Written
      return `${name}|${cost}|${textOf(template)}`
    })
    .join('\n')
