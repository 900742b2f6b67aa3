/** Instructions: elementwise operations by name, with their costs. */

// --- model
/** An instruction: `cost` is measured in additions, approximately; `code` is a small number that identifies it. */
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
  fma: 20,
  '.quadrant': 4,
  '.sin near': 12,
  '.cos near': 12,
  '.sin at': 4,
  '.cos at': 4,
  '.logistic at': 6,
  '.logistic slope': 6,
  '.pow': 150,
  '.cbrt': 60,
  '.erf': 100,
  '.erfc': 100,
  '.erfInv': 400,
  '.erfInvXla': 400,
  '.lgamma': 250,
  '.digamma': 200
}
// A function is a polynomial of about ten terms; a polygamma function is a sum of tens of powers.
const functionCost = 20
const sumCost = 2000

// --- constructors
/** The instruction of a name: those of functions begin with a dot. */
export const instruction = (name: string): Instruction => {
  const found = known.get(name)
  if (found !== undefined) return found
  const usual = name.startsWith('.polygamma') ? sumCost : name.startsWith('.') ? functionCost : 1
  const fresh = { name, code: known.size + 1, cost: costs[name] ?? usual }
  known.set(name, fresh)
  return fresh
}
