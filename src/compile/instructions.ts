/** Instructions: what is done to elements, by name, with what each costs. */

// --- model
/** An instruction: `cost` is in additions, about; `code` a small number of its own. */
export interface Instruction {
  readonly name: string
  readonly code: number
  readonly cost: number
}

const known = new Map<string, Instruction>()

const costs: Readonly<Record<string, number>> = {
  div: 4,
  sqrt: 5,
  quotient: 8,
  rem: 12,
  fma: 20
}
// A function of real numbers is a polynomial of some ten terms.
const functionCost = 20

// --- constructors
/** The instruction of a name: those of functions begin with a dot. */
export const instruction = (name: string): Instruction => {
  const found = known.get(name)
  if (found !== undefined) return found
  const fresh = { name, code: known.size + 1, cost: costs[name] ?? (name.startsWith('.') ? functionCost : 1) }
  known.set(name, fresh)
  return fresh
}
