/** Jets as freegrad calls them: a function of the value and the derivatives of a path, by the names in the fixtures. */

import { jet, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import type { Calls, Fn } from './calls.js'

type Jet = Readonly<{ body: string; order: number; count: number }>

const bodies: Readonly<Record<string, Fn>> = {
  rsqrt: ops.rsqrt,
  logistic: ops.logistic,
  erf: ops.erf,
  cube: (x) => np.pow(x, 3),
  power: (x) => np.pow(x, 2.5),
  quotient: (x) => np.div(np.add(1, np.mul(x, x)), np.add(2, np.sin(x))),
  chain: (x) => np.sin(np.exp(np.tanh(np.cos(x)))),
  sorted: (x) => np.cumsum(np.mul(np.max(x), x)),
  net: (x, w) => np.sum(np.square(np.tanh(np.matmul(w, np.sin(np.matmul(w, x))))))
}

const flat = (xs: ReadonlyArray<Tensor>): Tensor => np.concatenate(xs.map((x) => np.ravel(x)))

export const jets: Calls = {
  jet:
    ({ body, order, count }: Jet) =>
    (...given) => {
      const f = bodies[body] ?? ((np as unknown as Readonly<Record<string, Fn>>)[body] as Fn)
      const terms = Array.from({ length: count }, (_, i) => given.slice(count + i * order, count + (i + 1) * order))
      const [y, derivatives] = jet(f)(given.slice(0, count), terms)
      return flat([y, ...derivatives])
    }
}
