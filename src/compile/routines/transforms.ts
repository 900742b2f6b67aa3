/** Fourier transforms as calls of a routine: of all rows at once, or of the columns and then of the rows of a matrix. */
import * as S from '../../language/data/shape.js'
import { sizeOf } from '../wasm/write.js'
import type { fourierParameters } from './fourier.js'
import type { OwnCall, Work } from './own.js'
import { layoutOf, splitOf } from './roots.js'

// --- model
// So many columns are transformed together: their numbers fill two lines of a cache.
const group = 8
// Into so many blocks the work is divided, or fewer whose memory takes so many bytes.
const mostBlocks = 16
const fewBlocks = 4
const mostScratch = 2 ** 22

type Args<A> = Readonly<{ source: A; target: A; roots: A; turns: A | 0 }> &
  Readonly<
    Record<
      Exclude<keyof typeof fourierParameters, 'source' | 'target' | 'roots' | 'turns' | 'scratch' | 'low' | 'blocks'>,
      number
    >
  >

// --- combinators
/** The calls that compute transforms along the axis before the last one, which has the two parts. */
export const transformCalls = <A>({
  dtype,
  shape,
  x,
  constants,
  to,
  behind,
  fresh
}: Work<A>): ReadonlyArray<OwnCall<A>> => {
  const size = sizeOf(dtype)
  const points = shape[shape.length - 2]
  const batch = S.size(shape) / 2 / points
  const element = 2 * size
  const split = splitOf(points)
  const layout = layoutOf(split)
  const table = (vectors: number): A => behind(constants, (16 * vectors) / size)
  const call = (args: Args<A>): OwnCall<A> => {
    const each = 4 * args.points * args.group
    const most = Math.max(fewBlocks, Math.min(mostBlocks, Math.floor(mostScratch / each / size)))
    const blocks = Math.min(args.batch * Math.ceil(args.columns / args.group), most)
    const scratch = fresh(blocks * each)
    const { source, target, roots, turns } = args
    return {
      args: { ...args, scratch, low: Math.log2(layout.low), blocks },
      reads: [source, roots, ...(turns === 0 ? [] : [turns])],
      writes: [target, scratch],
      blocks,
      work: args.batch * args.columns * args.points * Math.log2(args.points) * (size / 2)
    }
  }
  const whole = points * element
  const { rows, columns } = split
  if (columns === 1) {
    const places = { rowIn: element, groupIn: 0, matrixIn: whole, rowOut: element, groupOut: 0, matrixOut: whole }
    return [call({ source: x, target: to, roots: table(0), turns: 0, points, columns, batch, group: 1, ...places })]
  }
  // Of the transforms of the columns, as many rows as are transformed together stand side by side.
  const padded = Math.ceil(rows / group) * group * columns
  const turned = fresh(2 * batch * padded)
  const down = { points: rows, columns, rowIn: columns * element, groupIn: group * element, matrixIn: whole }
  const aside = { rowOut: 0, groupOut: 0, matrixOut: padded * element }
  const across = { points: columns, columns: rows, rowIn: group * element, groupIn: group * columns * element }
  const back = { matrixIn: padded * element, rowOut: rows * element, groupOut: group * element, matrixOut: whole }
  const [ofRows, ofColumns, turns] = [layout.ofRows, layout.ofColumns, layout.turns].map(table)
  return [
    call({ source: x, target: turned, roots: ofRows, turns, batch, group, ...down, ...aside }),
    call({ source: turned, target: to, roots: ofColumns, turns: 0, batch, group, ...across, ...back })
  ]
}
