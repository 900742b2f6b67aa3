/**
 * `freegrad/tree`: trees (pytrees), the arguments and results of transforms. A tree is nested plain arrays, records,
 * `Map`s, `null`, `undefined`, fp-ts `Option`s and instances of registered classes; its leaves are numbers, booleans,
 * typed arrays, `NDArray`s and `Tensor`s. Each transform keeps a tree's structure and its type.
 *
 * @example
 * import * as T from 'freegrad/tree'
 * const params = { W: [1, 2], b: 3 }
 * const gradient = { b: 6, W: [2, 4] }
 * assert.deepStrictEqual(T.map((p, g) => p - 0.5 * g, params, gradient), { W: [0, 0], b: 0 })
 *
 * @packageDocumentation
 */
// `export *` rather than names: only so can `declare module 'freegrad/tree'` add to `Registered`.
export type * from './language/trees/leaves.js'
export {
  type Container,
  compose,
  Eq,
  equals,
  expectSame,
  type FlattenOptions,
  flatten,
  flattenWith,
  isLeaf,
  leaves,
  map,
  mapWithPath,
  paths,
  prefix,
  register,
  Show,
  type Structure,
  show,
  structure,
  transpose,
  unflatten,
  zip
} from './language/trees/tree.js'
export { add, norm, random, ravel, reduce, scale, vdot, zerosLike } from './trees/arithmetic.js'
