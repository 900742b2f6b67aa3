/** Allocation: new storage for the elements of an array, or an error if there is no memory for it. */
import { type Data, type DType, partOf, type RealDType, widthOf } from './dtype.js'
import { fail } from './error.js'

// --- constructors
/** Zeroed storage for `size` elements: for twice as many numbers if they are complex. */
export const allocate = (dtype: DType, size: number): Data => {
  try {
    return fresh(partOf(dtype), size * widthOf(dtype))
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return fail('OutOfMemory', 'array', `cannot allocate ${size} elements of ${dtype}`, {
      hint: 'use smaller arrays or batches, or compile, which often needs no array for an intermediate result'
    })
  }
}

const fresh = (dtype: RealDType, size: number): Data => {
  switch (dtype) {
    case 'float64':
      return new Float64Array(size)
    case 'float32':
      return new Float32Array(size)
    case 'int32':
      return new Int32Array(size)
    case 'uint32':
      return new Uint32Array(size)
    case 'bool':
      return new Uint8Array(size)
  }
}
