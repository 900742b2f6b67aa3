"""Family `linalg`: jax.numpy.linalg and jax.scipy.linalg on well-conditioned matrices, one result a case.

Eigenvectors and singular vectors have free signs, so of these functions of the matrix are recorded, which have none.
"""

import jax.scipy.linalg as jsl
import numpy as np
from jax import numpy as jnp

from record import COMPLEX, FLOAT, case, rational


def matrix(*shape, role="a", shift=0, dtype=FLOAT):
    """Multiples of 1/64 up to 1 in size, the diagonal farther from 0 by a shift."""
    return rational(shape, role, dtype) / 4 + shift * jnp.eye(shape[-2], shape[-1], dtype=dtype)


def definite(n):
    x = matrix(n, n, role="root")
    return jnp.matmul(x, x.T) + jnp.eye(n, dtype=FLOAT)


def of_eigenvalues(a):
    w, v = jnp.linalg.eigh(a)
    return (v * jnp.sin(w)) @ v.conj().T


def of_singular_values(a):
    u, s, vt = jnp.linalg.svd(a, full_matrices=False)
    return (u * jnp.sin(s)) @ vt


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

    shapes = [(3, 3), (4, 2), (2, 4)]
    for shape in shapes:
        a = matrix(*shape, shift=2 if shape == (3, 3) else 0)
        for part in range(2):
            if shape[0] >= shape[1]:  # of fewer rows than columns JAX has no derivative
                yield case("qr", lambda a: jnp.linalg.qr(a)[part], [a], {"part": part})
        yield case("lstsq", lambda a, b: jnp.linalg.lstsq(a, b)[0], [a, rational((shape[0],), "b") / 4])
        yield case("pinv", jnp.linalg.pinv, [a])
        yield case("svdvals", jnp.linalg.svdvals, [a])
        yield case("ofSingularValues", of_singular_values, [a])
        for ord in ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]:
            name = {np.inf: "inf", -np.inf: "-inf"}.get(ord, ord)
            yield case("matrixNorm", lambda a: jnp.linalg.matrix_norm(a, ord=ord), [a], {"ord": name})
    a = matrix(3, 3)
    yield case("eigvalsh", jnp.linalg.eigvalsh, [a])
    yield case("ofEigenvalues", of_eigenvalues, [a])
    yield case("cond", jnp.linalg.cond, [a])
    yield case("cond", lambda a: jnp.linalg.cond(a, 1), [matrix(3, 3, shift=3)], {"p": 1})
    yield case("matrixRank", jnp.linalg.matrix_rank, [jnp.outer(a[0], a[1]) + jnp.diag(jnp.zeros(3, FLOAT).at[0].set(1))])
    for n in (0, 3, -2):
        yield case("matrixPower", lambda a: jnp.linalg.matrix_power(a, n), [matrix(3, 3, shift=3)], {"n": n})
    yield case("multiDot", lambda *xs: jnp.linalg.multi_dot(xs), [matrix(2, 4), matrix(4, 3), matrix(3, 1)])
    yield case("trace", jnp.linalg.trace, [matrix(2, 3, 3)])
    yield case("vectorNorm", lambda a: jnp.linalg.vector_norm(a, axis=1, ord=3), [a], {"axis": 1, "ord": 3})
    for size in (0.25, 8):
        yield case("expm", jsl.expm, [size * a])


def complex_linalg():
    number = lambda *shape, **rest: matrix(*shape, dtype=COMPLEX, **rest)
    a, b = number(3, 3, shift=3), number(3, 2, role="b")
    x = number(3, 3, role="root")
    definite = x @ x.conj().T + jnp.eye(3, dtype=FLOAT)
    for upper in (False, True):
        yield case("cholesky", lambda a: jnp.linalg.cholesky(a, upper=upper), [definite], {"upper": upper})
    for trans, name in [(0, False), (1, True), (2, "conjugate")]:
        f = lambda a, b: jsl.solve_triangular(a, b, trans=trans, lower=True)
        yield case("solveTriangular", f, [a, b], {"lower": True, "trans": name})
    yield case("choSolve", lambda c, b: jsl.cho_solve((c, True), b), [jnp.tril(a), b])
    yield case("solve", jnp.linalg.solve, [a, b])
    yield case("solve", jnp.linalg.solve, [matrix(3, 3, shift=3), b])
    yield case("solve", jnp.linalg.solve, [a, matrix(3, 2, role="b")])
    yield case("inv", jnp.linalg.inv, [a])
    for n in (2, 3, 5):
        yield case("det", jnp.linalg.det, [number(n, n)])
        for part in range(2):
            yield case("slogdet", lambda a: jnp.linalg.slogdet(a)[part], [number(n, n)], {"part": part})
    for shape in [(3, 3), (4, 2), (2, 4), (6, 6)]:
        for part in range(1, 3):
            yield case("lu", lambda a: jsl.lu(a)[part], [number(*shape)], {"part": part})
    for shape in [(3, 3), (4, 2), (2, 4)]:
        a = number(*shape, shift=2 if shape == (3, 3) else 0)
        for part in range(2):
            if shape[0] >= shape[1]:
                yield case("qr", lambda a: jnp.linalg.qr(a)[part], [a], {"part": part})
        yield case("lstsq", lambda a, b: jnp.linalg.lstsq(a, b)[0], [a, rational((shape[0],), "b", COMPLEX) / 4])
        yield case("pinv", jnp.linalg.pinv, [a])
        yield case("svdvals", jnp.linalg.svdvals, [a])
        yield case("ofSingularValues", of_singular_values, [a])
        for ord in ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]:
            if shape == (2, 4) and ord == -2:  # in float32 the terms of its second derivative cancel, in JAX too
                continue
            name = {np.inf: "inf", -np.inf: "-inf"}.get(ord, ord)
            yield case("matrixNorm", lambda a: jnp.linalg.matrix_norm(a, ord=ord), [a], {"ord": name})
    a = number(3, 3)
    yield case("eigvalsh", jnp.linalg.eigvalsh, [a])
    yield case("ofEigenvalues", of_eigenvalues, [a])
    yield case("cond", jnp.linalg.cond, [number(3, 3, shift=2)])
    yield case("cond", lambda a: jnp.linalg.cond(a, 1), [number(3, 3, shift=3)], {"p": 1})
    for n in (3, -2):
        yield case("matrixPower", lambda a: jnp.linalg.matrix_power(a, n), [number(3, 3, shift=3)], {"n": n})
    yield case("multiDot", lambda *xs: jnp.linalg.multi_dot(xs), [number(2, 4), matrix(4, 3), number(3, 1)])
    for ord in (1, 3):
        yield case("vectorNorm", lambda a: jnp.linalg.vector_norm(a, axis=1, ord=ord), [a], {"axis": 1, "ord": ord})
    for size in (0.25, 8):
        yield case("expm", jsl.expm, [size * a])


def both():
    yield from linalg()
    yield from complex_linalg()


FAMILIES = {"linalg": (("x32", "x64"), both)}
