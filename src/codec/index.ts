/**
 * `freegrad/codec`: codecs of io-ts for arrays, trees of them and closed programs, to and from JSON. They compose with those
 * of io-ts; what does not decode is a `Left` with the path, or a `FreegradError` by `decode`.
 *
 * @packageDocumentation
 */

export { type ClosedOptions, closed, closedOf } from './closed.js'
export { type MapJson, mapOf, type OptionJson, optionOf } from './containers.js'
export type { ClosedJson } from './form.js'
export { decode } from './refusal.js'
export { type ArrayJson, type TensorOptions, tensorOf } from './tensor.js'
export { type Json, type Stored, treeOf } from './tree.js'
