/**
 * Instructions of a graph: those of the table (`src/language/terms/instructions.ts`), and functions of real numbers, whose rows
 * follow from their definitions.
 */
import { type DType, itemSize } from '../../language/data/dtype.js'
import {
  type Elementwise,
  type InstructionName,
  instructions,
  isTaken,
  type Row
} from '../../language/terms/instructions.js'
import { functionCalled } from '../functions/index.js'

// --- model
/** An instruction: `code` is a small number that identifies it. */
export interface Instruction {
  readonly name: Elementwise
  readonly code: number
  readonly cost: number
  readonly row: Row
}

type Typed = Readonly<{ dtype: DType }>

const known = new Map<Elementwise, Instruction>()

// --- constructors
/** The instruction of a name. */
export const instruction = (name: Elementwise): Instruction => {
  const found = known.get(name)
  if (found !== undefined) return found
  const row = isFunction(name) ? rowOf(name) : instructions[name]
  const fresh = { name, code: known.size + 1, cost: row.cost, row }
  known.set(name, fresh)
  return fresh
}

// --- combinators
const isFunction = (name: Elementwise): name is Exclude<Elementwise, InstructionName> => name.startsWith('.')

const rowOf = (name: Exclude<Elementwise, InstructionName>): Row => {
  const { cost, template } = functionCalled(`${name.slice(1)} f64x2`) as NonNullable<ReturnType<typeof functionCalled>>
  return { operands: template.parameters.length as Row['operands'], takes: 'floats', gives: 'same', cost }
}

/** Whether an instruction takes operands of some dtypes to a result of another. */
export const fits = ({ row }: Instruction, operands: ReadonlyArray<Typed>, to: DType): boolean => {
  const count = operands.length
  if (count !== row.operands) return false
  const from = operands[count - 1].dtype
  for (let k = 0; k < count; k++)
    if (operands[k].dtype !== (k === 0 && row.chooses === true ? 'bool' : from)) return false
  if (!isTaken(row.takes, from)) return false
  switch (row.gives) {
    case 'same':
      return to === from
    case 'bool':
      return to === 'bool'
    case 'bits':
      return itemSize[to] === itemSize[from]
    case 'asked':
      return true
  }
}
