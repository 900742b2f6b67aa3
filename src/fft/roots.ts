/** Roots of unity: the constants of Fourier transforms. */
import { allocate } from '../language/data/allocate.js'
import { array } from '../language/data/array.js'
import type { DType } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import { constant, type Tensor } from '../language/terms/term.js'

// --- constructors
/** exp(-2 pi i k / n), in a shape: k is what `order` gives for each place of it, in row-major order. */
export const rootsOf = (n: number, shape: S.Shape, order: (place: number) => number, dtype: DType): Tensor => {
  const numbers = allocate('complex128', S.size(shape))
  for (let place = 0; 2 * place < numbers.length; place++) {
    const k = order(place)
    numbers[2 * place] = cosine(k, n)
    numbers[2 * place + 1] = -cosine(4 * k - n, 4 * n)
  }
  return constant(array(numbers, { shape, dtype }))
}

// cos(2 pi k / n) by an angle of at most an eighth of a turn, where no digits are lost: 0 and 1 are exact.
const cosine = (k: number, n: number): number => {
  const turn = Math.abs(k) % n
  const near = Math.min(turn, n - turn)
  if (8 * near <= n) return Math.cos((2 * Math.PI * near) / n)
  return 8 * near <= 3 * n ? Math.sin((Math.PI * (n - 4 * near)) / (2 * n)) : -Math.cos((Math.PI * (n - 2 * near)) / n)
}
