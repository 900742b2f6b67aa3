/** The types of functions over trees: a map keeps the tree's type and tells its function what the leaves are. */
import * as O from 'fp-ts/lib/Option.js'
import { array, type Leaf, type NDArray, run, type Tensor, tensor } from 'freegrad'
import { mul } from 'freegrad/ops'
import { map } from 'freegrad/tree'
import { describe, expectTypeOf, it } from 'vitest'

const layers: ReadonlyArray<Readonly<{ W: Tensor; b: readonly [Tensor, O.Option<Tensor>] }>> = [
  { W: tensor([1, 2]), b: [tensor(3), O.some(tensor(4))] }
]

describe('the types of functions over trees', () => {
  it('map keeps the containers and changes the leaves', () => {
    const doubled = map((x) => mul(2, x), layers)
    expectTypeOf(doubled).toEqualTypeOf<
      ReadonlyArray<Readonly<{ W: Tensor; b: readonly [Tensor, O.Option<Tensor>] }>>
    >()
    expectTypeOf(map((x) => x.toNested().toString(), run(doubled))[0].W).toEqualTypeOf<string>()
  })

  it('map tells what the leaves are, of every tree', () => {
    map((x) => expectTypeOf(x).toEqualTypeOf<Tensor>(), layers)
    map(
      (x, y, z) => {
        expectTypeOf(x).toEqualTypeOf<Tensor>()
        expectTypeOf(y).toEqualTypeOf<NDArray>()
        expectTypeOf(z).toEqualTypeOf<number>()
      },
      { a: tensor(1) },
      { a: array(2) },
      { a: 3 }
    )
    map((x) => expectTypeOf(x).toEqualTypeOf<number | NDArray>(), { a: 1, b: array(2), c: null })
    map((x) => expectTypeOf(x).toEqualTypeOf<Leaf>(), { a: 1 } as unknown)
  })
})
