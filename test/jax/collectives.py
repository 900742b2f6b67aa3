"""Family `collectives`: what lanes know of all lanes, with derivatives taken outside and inside of the `vmap`.

A case of `op` is the collective of the lanes along axis 0. Under `inside` the function is, in each lane, the pullback of
the collective's square for the covector that is the lane's second operand.
"""

import jax
from jax import lax

from record import case, rational


def gather(axis, tiled):
    return lambda x: lax.all_gather(x, "i", axis=axis, tiled=tiled)


def collectives():
    xy = lambda shape: [rational(shape, "x"), rational(shape, "y")]
    operations = {
        "psum": (lambda x: lax.psum(x, "i"), [(), (3,), (2, 2)], {}),
        "pmean": (lambda x: lax.pmean(x, "i"), [(), (3,), (2, 2)], {}),
        "pmax": (lambda x: lax.pmax(x, "i"), [(), (3,), (2, 2)], {}),
        **{
            f"allGather{k}": (gather(axis, tiled), shapes, {"axis": axis, "tiled": tiled})
            for k, (axis, tiled, shapes) in enumerate(
                [(0, False, [(), (3,), (2, 3)]), (1, False, [(3,), (2, 3)]), (0, True, [(3,), (2, 3)]), (1, True, [(2, 3)])]
            )
        },
    }
    for name, (f, shapes, params) in operations.items():
        op = name.rstrip("0123456789")
        order = 0 if op == "pmax" else 2  # JAX has no derivative of it
        for shape in shapes:
            for lanes in (1, 4):
                mapped = jax.vmap(f, axis_name="i")
                yield case(op, mapped, [rational((lanes, *shape), "x")], {**params, "inside": False}, order)
        if order == 0:
            continue
        for shape in shapes:
            square = lambda x: f(x) * f(x)
            pull = lambda x, y: jax.vjp(square, x)[1](square(y))[0]
            yield case(op, jax.vmap(pull, axis_name="i"), xy((4, *shape)), {**params, "inside": True})
    # two axes, each with a name: over either and over both
    for names in (["i"], ["j"], ["i", "j"]):
        f = lambda x: x * lax.psum(x * lax.axis_index("i"), tuple(names)) + lax.pmean(x, tuple(names))
        grid = jax.vmap(jax.vmap(f, axis_name="j"), axis_name="i")
        yield case("nested", grid, [rational((2, 3), "x")], {"names": names})
        inside = jax.vmap(jax.vmap(jax.grad(lambda x: f(x) * x), axis_name="j"), axis_name="i")
        yield case("nestedGrad", inside, [rational((2, 3), "x")], {"names": names})


FAMILIES = {"collectives": (("x32", "x64"), collectives)}
