"""Family `linalg`: jax.numpy.linalg and jax.scipy.linalg on well-conditioned matrices, one result a case.

Eigenvectors and singular vectors have free signs, so of these functions of the matrix are recorded, which have none.
"""

import jax.scipy.linalg as jsl
import numpy as np
from jax import numpy as jnp

from record import FLOAT, case, rational


def matrix(*shape, role="a", shift=0):
    """Multiples of 1/64 up to 1 in size, the diagonal farther from 0 by a shift."""
    return rational(shape, role) / 4 + shift * jnp.eye(shape[-2], shape[-1], dtype=FLOAT)


def definite(n):
    x = matrix(n, n, role="root")
    return jnp.matmul(x, x.T) + jnp.eye(n, dtype=FLOAT)


def linalg():
    heavy = [matrix(n, n, shift=3) for n in (1, 2, 3, 5)]
    for a in [definite(n) for n in (1, 2, 4)] + [matrix(3, 3, shift=4)]:
        for upper in (False, True):
            yield case("cholesky", lambda a: jnp.linalg.cholesky(a, upper=upper), [a], {"upper": upper})
    for a in heavy[1:3]:
        for lower, trans, unit in [(1, 0, 0), (0, 1, 0), (1, 1, 1), (0, 0, 1)]:
            f = lambda a, b: jsl.solve_triangular(a, b, trans=trans, lower=bool(lower), unit_diagonal=bool(unit))
            params = {"lower": bool(lower), "trans": bool(trans), "unitDiagonal": bool(unit)}
            yield case("solveTriangular", f, [a, matrix(a.shape[0], 2, role="b")], params)
    for a in heavy:
        n = a.shape[0]
        yield case("solve", jnp.linalg.solve, [a, matrix(n, 2, role="b")])
        yield case("inv", jnp.linalg.inv, [a])
        yield case("det", jnp.linalg.det, [a])
        yield case("slogdet", lambda a: jnp.linalg.slogdet(a)[1], [a], {"part": 1})
    yield case("solve", jnp.linalg.solve, [heavy[2], rational((3,), "b") / 4])
    yield case("solve", jnp.linalg.solve, [matrix(2, 3, 3, shift=4), matrix(3, 2, role="b")])
    yield case("choSolve", lambda c, b: jsl.cho_solve((c, True), b), [heavy[2], matrix(3, 2, role="b")])
    yield case("det", jnp.linalg.det, [matrix(2, 3, 3)])
    for shape in [(3, 3), (4, 4)]:
        for part in range(3):
            yield case("lu", lambda a: jsl.lu(a)[part], [matrix(*shape)], {"part": part})
    for shape in [(4, 2), (2, 4)]:
        for part in (1, 2):
            yield case("lu", lambda a: jsl.lu(a)[part], [matrix(*shape)], {"part": part})


FAMILIES = {"linalg": (("x32", "x64"), linalg)}
