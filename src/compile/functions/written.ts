/**
 * Written: the functions of real numbers as templates, from their definitions. To write them takes some milliseconds, so
 * the build puts them, as text, in the place of this file (`scripts/build.mjs`).
 */
import { type Template, textOf } from '../wasm/template.js'
import { circular } from './circular.js'
import { type Definitions, templateFrom } from './definition.js'
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
/** The template of a name with a type of lanes, or of one of the functions of a single number. */
export const written = (name: string): Template | undefined => {
  if (Object.hasOwn(huge, name)) return huge[name]().done()
  const own = name.slice(0, name.lastIndexOf(' '))
  return Object.hasOwn(definitions, own) ? templateFrom(name, definitions[own]) : undefined
}

/** All of them as text, a line each: the name, a bar and the template. */
export const writtenText = (): string =>
  [...Object.keys(definitions).flatMap((name) => [`${name} f32x4`, `${name} f64x2`]), ...Object.keys(huge)]
    .map((name) => `${name}|${textOf(written(name) as Template)}`)
    .join('\n')
