/** Data: what effects ask and answer, and auxiliary results. Any values; the tensors in their containers are found. */
import { isTypedArray, NDArray, type TypedArray } from '../language/data/array.js'
import { isRecord } from '../language/data/record.js'
import { Tensor } from '../language/terms/term.js'
import { registered } from '../language/trees/layer.js'

// --- combinators
/**
 * The data with `f` of each tensor in its place, and `ofArray` of each array, if it is given. It looks into the containers
 * of trees and leaves everything else alone.
 */
export const mapTensors = (
  data: unknown,
  f: (x: Tensor) => Tensor,
  ofArray: (x: NDArray | TypedArray) => unknown = (x) => x
): unknown => {
  if (data instanceof Tensor) return f(data)
  if (typeof data !== 'object' || data === null) return data
  if (data instanceof NDArray || isTypedArray(data)) return ofArray(data)
  const within = (x: unknown): unknown => mapTensors(x, f, ofArray)
  if (Array.isArray(data)) return data.map(within)
  if (data instanceof Map) return new Map([...data].map(([key, x]) => [key, within(x)]))
  const custom = registered(data)
  if (custom !== undefined) {
    const [children, aux] = custom.flatten(data)
    return custom.unflatten(within(children), aux)
  }
  return isRecord(data) ? Object.fromEntries(Object.entries(data).map(([key, x]) => [key, within(x)])) : data
}

/** The tensors of the data, in order. */
export const tensorsOf = (data: unknown): ReadonlyArray<Tensor> => {
  const found: Array<Tensor> = []
  mapTensors(data, (x) => {
    found.push(x)
    return x
  })
  return found
}
