/** Roots of unity as tensors: the constants of Fourier transforms. */
import { allocate } from '../language/data/allocate.js'
import { array } from '../language/data/array.js'
import type { DType } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import { constant, type Tensor } from '../language/terms/term.js'
import { cosine, sine } from '../math/roots.js'

// --- constructors
/** exp(-2 pi i k / n), in a shape: k is what `order` gives for each place of it, in row-major order. */
export const rootsOf = (n: number, shape: S.Shape, order: (place: number) => number, dtype: DType): Tensor => {
  const numbers = allocate('complex128', S.size(shape))
  for (let place = 0; 2 * place < numbers.length; place++) {
    const k = order(place)
    numbers[2 * place] = cosine(k, n)
    numbers[2 * place + 1] = -sine(k, n)
  }
  return constant(array(numbers, { shape, dtype }))
}
