/** The signature: every operation of the language by name, for handlers and tests that walk them all. */
import type { AnyOp } from '../language/terms/op.js'
import * as arithmetic from './arithmetic.js'
import * as branch from './branch.js'
import * as broadcast from './broadcast.js'
import * as checkpoint from './checkpoint.js'
import * as collective from './collective.js'
import * as comparison from './comparison.js'
import * as complex from './complex.js'
import * as concatenate from './concatenate.js'
import * as convert from './convert.js'
import * as creation from './creation.js'
import * as cumulative from './cumulative.js'
import * as custom from './custom.js'
import * as dot from './dot.js'
import * as exponential from './exponential.js'
import * as fourier from './fourier.js'
import * as gated from './gated.js'
import * as hypot from './hypot.js'
import * as identity from './identity.js'
import * as indexing from './indexing.js'
import * as logic from './logic.js'
import * as norm from './norm.js'
import * as reduction from './reduction.js'
import * as rounding from './rounding.js'
import * as scan from './scan.js'
import * as select from './select.js'
import * as shape from './shape.js'
import * as slice from './slice.js'
import * as sort from './sort.js'
import * as special from './special.js'
import * as threefry from './threefry.js'
import * as trigonometric from './trigonometric.js'
import * as whileLoop from './while.js'

const families = [
  arithmetic,
  branch,
  broadcast,
  checkpoint,
  collective,
  comparison,
  complex,
  concatenate,
  convert,
  creation,
  cumulative,
  custom,
  dot,
  exponential,
  fourier,
  gated,
  hypot,
  identity,
  indexing,
  logic,
  norm,
  reduction,
  rounding,
  scan,
  select,
  shape,
  slice,
  sort,
  special,
  threefry,
  trigonometric,
  whileLoop
]

const isOp = (x: unknown): x is AnyOp => typeof x === 'function' && 'rules' in x

/** Every operation, by its name. */
export const signature: ReadonlyMap<string, AnyOp> = new Map(
  families.flatMap((family) => Object.values(family).filter(isOp)).map((op) => [op.name, op])
)
