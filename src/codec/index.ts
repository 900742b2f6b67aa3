/**
 * `freegrad/codec`: io-ts codecs for arrays, trees of arrays and closed programs, to and from JSON. They compose with the
 * codecs of io-ts. Invalid data is a `Left` with the path, or a `FreegradError` with `decode`.
 *
 * @packageDocumentation
 */

export { type ClosedOptions, closed, closedOf } from './closed.js'
export { type MapJson, mapOf, type OptionJson, optionOf } from './containers.js'
export type { ClosedJson } from './form.js'
export type { Limits } from './limits.js'
export { decode } from './refusal.js'
export { type ArrayJson, type TensorOptions, tensorOf } from './tensor.js'
export { type Json, type Stored, treeOf } from './tree.js'
