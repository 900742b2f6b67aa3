/** Params: the codec of each operation's params, so that JSON can contain nothing else for it. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { dtypes } from '../language/data/dtype.js'
import { mostAxes } from '../language/data/type.js'
import { fieldsOf, listOf } from './containers.js'
import { type Codec, codecOf, refuse, untyped } from './refusal.js'
import { isSize } from './tensor.js'

// --- model
const oneOf = (name: string, is: (u: unknown) => boolean): Codec =>
  codecOf<unknown, unknown>(
    name,
    (u): u is unknown => is(u),
    (u, context) =>
      is(u) ? E.right(u) : refuse(u, context, `${describe(u)} is not a valid ${name}`, `give a ${name}`),
    (x) => x
  )

/** A size or a position. */
export const natural: Codec = oneOf('non-negative integer', isSize)
const integer = oneOf('integer', Number.isSafeInteger)
const boolean = untyped(t.boolean)
const string = untyped(t.string)
const dtype = oneOf('dtype', (u) => (dtypes as ReadonlyArray<unknown>).includes(u))

// A number for each axis, or for some axes: at most as many as a tensor may have axes.
const perAxis = (codec: Codec): Codec => {
  const list = listOf(codec)
  return codecOf<unknown, unknown>(
    list.name,
    (u): u is unknown => list.is(u) && (u as ReadonlyArray<unknown>).length <= mostAxes,
    (u, context) =>
      Array.isArray(u) && u.length > mostAxes
        ? refuse(u, context, `there are ${u.length} numbers`, `a tensor has ${mostAxes} axes at most`)
        : list.validate(u, context),
    (x) => x
  )
}

const naturals = perAxis(natural)
const integers = perAxis(integer)
const pair = untyped(t.tuple([naturals, naturals]))
const gate = oneOf('gate', (u) => u === 0 || u === 1 || u === 'both')
const policies = ['everythingSaveable', 'nothingSaveable', 'dotsSaveable', 'dotsWithNoBatchDimsSaveable']
const policy = oneOf('policy', (u) => policies.includes(u as string))

type Specification = readonly [fields: Readonly<Record<string, Codec>>, optional?: Readonly<Record<string, Codec>>]

const over: Specification = [{ axes: integers }]
const at: Specification = [{ axis: integer }]
const along = { axis: natural, reverse: boolean }
const indexed = { axis: natural, batch: natural }
const named = { axisName: string }

const specifications: Readonly<Record<string, Specification>> = {
  all: over,
  any: over,
  max: over,
  min: over,
  prod: over,
  norm: over,
  sum: over,
  argmax: at,
  argmin: at,
  argsort: at,
  tied: at,
  concatenate: at,
  cummax: [along],
  cummin: [along],
  cumprod: [along],
  cumsum: [along],
  cumulativeShare: [{ ...along, largest: boolean }],
  linearRecurrence: [along, { resets: boolean }],
  gather: [indexed],
  scatterAdd: [{ ...indexed, shape: naturals }],
  broadcast: [{ shape: naturals, axes: naturals }],
  iota: [{ dtype, shape: naturals, axis: natural }],
  pad: [{ low: integers, high: integers, interior: naturals }],
  reshape: [{ shape: naturals }],
  reverse: [{ axes: integers }],
  slice: [{ starts: naturals, limits: naturals, strides: naturals }],
  transpose: [{ permutation: naturals }],
  bitcast: [{ dtype }],
  convert: [{ dtype }, { weak: boolean }],
  dot: [{ contract: pair, batch: pair }, { gate }],
  integerPow: [{ n: integer }],
  polygamma: [{ n: natural }],
  axisIndex: [named],
  pmax: [named],
  psum: [named],
  allGather: [{ ...named, axis: natural, size: natural }],
  checkpointName: [{ name: string }],
  project: [{ index: natural }],
  scan: [{ carries: natural, sequences: natural, kept: natural, length: natural, reverse: boolean }],
  checkpoint: [{ kept: natural, policy }, { waits: natural }]
}

// --- constructors
const none = fieldsOf('params', {})

/** The codec of the params of each operation that has params. */
const byName: ReadonlyMap<string, Codec> = new Map(
  Object.entries(specifications).map(([name, [fields, optional]]) => [name, fieldsOf('params', fields, optional)])
)

/** The codec of the params of a built-in operation. */
export const paramsOf = (name: string): Codec => byName.get(name) ?? none
