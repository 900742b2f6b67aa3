/** Taylor mode: the derivatives of a function along a path are those that forward mode gives, one in the other. */

import { jet, jvp, type Tensor, tensor } from 'freegrad'
import { add, mul } from 'freegrad/ops'
import { equation, type Law } from './law.js'
import { type Point, tangent } from './point.js'

/** `jet` to an order along a path whose every derivative is another direction, against `jvp` of `jvp` of ... */
export const taylor = (order: number): Law<Point> =>
  equation(
    `jet = jvp, ${order} deep`,
    (p) => jet(p.f)([...p.x], directions(p, order).transposed as never)[1],
    (p) => {
      const { byOrder } = directions(p, order)
      // x + t d1 + t²/2 d2 + ...
      const path = (t: Tensor): Tensor[] =>
        p.f(
          ...p.x.map((x, i) => {
            let sum: Tensor = tensor(x)
            let power: Tensor = tensor(1)
            byOrder.forEach((dxs, k) => {
              power = mul(power, mul(1 / (k + 1), t))
              sum = add(sum, mul(power, dxs[i]))
            })
            return sum
          })
        )
      const derivatives: Array<ReadonlyArray<Tensor>> = []
      let f = path
      for (let k = 0; k < order; k++) {
        const before = f
        f = (t) => jvp(before)([t], [1])[1]
        derivatives.push(f(tensor(0)))
      }
      return derivatives
    }
  )

const directions = (p: Point, order: number) => {
  const byOrder = Array.from({ length: order }, (_, k) => tangent(p, k + 1))
  return { byOrder, transposed: p.x.map((_, i) => byOrder.map((dxs) => dxs[i])) }
}
