/** Functions of real numbers: machine code for them, four float32 or two float64 at a time. */
import type { Template } from '../wasm/template.js'
import { templateFrom } from './definition.js'
import { polygammaOf } from './gamma.js'
import { written } from './written.js'

const known = new Map<string, Template | undefined>()

// --- combinators
/** The template of a function, by its name and the type of its lanes, if there is one; that of polygamma has its order. */
export const functionCalled = (name: string): Template | undefined => {
  if (!known.has(name)) known.set(name, polygammaCalled(name) ?? written(name))
  return known.get(name)
}

const polygammaCalled = (name: string): Template | undefined => {
  const [family, order, lanes] = name.split(' ')
  return family === 'polygamma' && lanes !== undefined ? templateFrom(name, polygammaOf(Number(order))) : undefined
}
