/** Functions of real numbers: machine code for them, four float32 or two float64 at a time. */
import { type Written, writtenFrom } from './definition.js'
import { polygammaOf } from './gamma.js'
import { written } from './written.js'

const known = new Map<string, Written | undefined>()

// --- combinators
/** A function, by its name and the type of its lanes, if there is one; the name of polygamma includes its order. */
export const functionCalled = (name: string): Written | undefined => {
  if (!known.has(name)) known.set(name, polygammaCalled(name) ?? written(name))
  return known.get(name)
}

const polygammaCalled = (name: string): Written | undefined => {
  const [family, order, lanes] = name.split(' ')
  return family === 'polygamma' && lanes !== undefined ? writtenFrom(name, polygammaOf(Number(order))) : undefined
}
