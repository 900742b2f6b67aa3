/** Collectives as freegrad calls them: what lanes know of all lanes, with derivatives outside and inside of the `vmap`. */

import { allGather, axisIndex, grad, pmax, pmean, psum, type Tensor, vjp, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import type { Calls, Fn } from './calls.js'

/** A function of lanes along axis 0, whose axis is named; inside, in each lane, the pullback of its square for that of y. */
const lanes =
  <P>(of: (params: P) => (x: Tensor) => Tensor): Calls[string] =>
  (params: never) => {
    const f = of(params)
    const square = (x: Tensor) => np.mul(f(x), f(x))
    const isInside = (params as Readonly<{ inside: boolean }>).inside
    return isInside
      ? vmap((x: Tensor, y: Tensor) => vjp(square)(x)[1](square(y))[0], { axisName: 'i' })
      : vmap(f, { axisName: 'i' })
  }

const grid = (f: (x: Tensor) => Tensor): Fn => vmap(vmap(f, { axisName: 'j' }), { axisName: 'i' })

const overBoth =
  (names: ReadonlyArray<string>) =>
  (x: Tensor): Tensor =>
    np.add(np.mul(x, psum(np.mul(x, axisIndex('i')), names)), pmean(x, names))

/** By the names in the fixtures. */
export const collectives: Calls = {
  psum: lanes(() => (x) => psum(x, 'i')),
  pmean: lanes(() => (x) => pmean(x, 'i')),
  pmax: lanes(() => (x) => pmax(x, 'i')),
  allGather: lanes(
    ({ axis, tiled }: Readonly<{ axis: number; tiled: boolean }>) =>
      (x) =>
        allGather(x, 'i', { axis, tiled })
  ),
  nested: ({ names }: { names: ReadonlyArray<string> }) => grid(overBoth(names)),
  nestedGrad: ({ names }: { names: ReadonlyArray<string> }) => grid(grad((x) => np.mul(overBoth(names)(x), x)))
}
