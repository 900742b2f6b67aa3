"""Family `products`: dot with batch and contracting axes, matmul, einsum, tensordot, outer, inner, vdot.

Operands are multiples of 1/16, so that a sum of products is exact in whatever order it is taken.
"""

import numpy as np
from jax import lax
from jax import numpy as jnp

from record import FLOAT, X64, case, rational

DOTS = [
    ((3,), (3,), [[0], [0]], [[], []]),
    ((2, 3), (3, 4), [[1], [0]], [[], []]),
    ((2, 3), (4, 3), [[1], [1]], [[], []]),
    ((3, 2), (3, 4), [[0], [0]], [[], []]),
    ((2,), (3,), [[], []], [[], []]),
    ((2, 3, 4), (2, 4, 5), [[2], [1]], [[0], [0]]),
    ((3, 2, 4), (4, 2, 5), [[2], [0]], [[1], [1]]),
    ((2, 3, 4), (3, 2), [[], []], [[0, 1], [1, 0]]),
    ((2, 3, 4, 5), (5, 3, 2), [[3, 1], [0, 1]], [[0], [2]]),
    ((2, 3, 4), (4, 3), [[1, 2], [1, 0]], [[], []]),
    ((1, 3), (3, 1), [[1], [0]], [[], []]),
    ((2, 0), (0, 3), [[1], [0]], [[], []]),
    ((0, 2), (2, 3), [[1], [0]], [[], []]),
    ((0, 2, 3), (0, 3, 2), [[2], [1]], [[0], [0]]),
    ((9, 17), (17, 5), [[1], [0]], [[], []]),
]

MATMULS = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((1, 3), (3, 1)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 2)),
]

EINSUMS = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij,kj->ik", [(2, 3), (4, 3)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
    ("i,j->ij", [(2,), (3,)]),
    ("i,i->", [(4,), (4,)]),
    ("ij->ji", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->i", [(2, 3)]),
    ("ii->", [(3, 3)]),
    ("ii->i", [(3, 3)]),
    ("ij,ij->ij", [(2, 3), (2, 3)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
    ("i,ij,j->", [(2,), (2, 3), (3,)]),
    ("...ij,...jk->...ik", [(2, 3, 4), (4, 5)]),
    ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("ij,kl->ik", [(2, 3), (4, 5)]),
    ("ji,jk", [(3, 2), (3, 4)]),
    ("ij,jk->ik", [(2, 0), (0, 4)]),
]

TENSORDOTS = [
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3), (3, 4), 1),
    ((2, 3), (4, 5), 0),
    ((2, 3, 4), (4, 2, 5), [[0, 2], [1, 0]]),
    ((2, 3, 4), (5, 3), [[1], [1]]),
]


def products():
    xy = lambda left, right: [rational(left, "x"), rational(right, "y")]
    for left, right, contract, batch in DOTS:
        f = lambda x, y: lax.dot_general(x, y, (contract, batch))
        yield case("dot", f, xy(left, right), {"contract": contract, "batch": batch})
    for left, right in MATMULS:
        yield case("matmul", jnp.matmul, xy(left, right))
    for spec, shapes in EINSUMS:
        operands = [rational(shape, f"operand {i}") for i, shape in enumerate(shapes)]
        yield case("einsum", lambda *xs: jnp.einsum(spec, *xs), operands, {"spec": spec})
    for left, right, axes in TENSORDOTS:
        yield case("tensordot", lambda x, y: jnp.tensordot(x, y, axes), xy(left, right), {"axes": axes})
    for left, right in [((3,), (4,)), ((2, 2), (3,)), ((0,), (2,)), ((), (3,))]:
        yield case("outer", jnp.outer, xy(left, right))
    for left, right in [((3,), (3,)), ((2, 4), (3, 4)), ((2, 3, 4), (4,))]:
        yield case("inner", jnp.inner, xy(left, right))
    for shape in [(3,), (2, 3), (0,)]:
        yield case("vdot", jnp.vdot, xy(shape, shape))
    infinite = np.array([[1, np.inf], [np.nan, 0]], FLOAT)
    plain = {"contract": [[1], [0]], "batch": [[], []]}
    yield case("dot", lambda x, y: lax.dot(x, y), [infinite, infinite.T.copy()], plain)
    state = np.random.RandomState(20)
    rough = [state.normal(0, 1, shape).astype(FLOAT) for shape in [(3, 100), (100, 4)]]
    yield case("matmul", jnp.matmul, rough)
    if not X64:
        for dtype in (np.int32, np.uint32):
            x, y = (state.randint(0, 2**31, shape).astype(dtype) for shape in [(2, 3), (3, 4)])
            yield case("matmul", jnp.matmul, [x, y])


FAMILIES = {"products": (("x32", "x64"), products)}
