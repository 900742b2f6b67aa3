"""Families `reductions`, `cumulative` and `statistics`: operations along axes."""

import numpy as np
from jax import lax, nn
from jax import numpy as jnp
from jax.scipy.special import logsumexp

from record import FLOAT, X64, case, rational

INF, NAN = np.inf, np.nan


def floats(values):
    return np.array(values, np.float64).astype(FLOAT)


# --- inputs

ZEROS = floats([[1, 2, 3, 4], [0, 2, -3, 4], [0, 2, 0, -5], [0, 7, 0, 0], [-0.0, 1, 2, 0.5]])
TIES = floats([[3, 1, 3, 2], [1, 1, 1, 1], [0, -0.0, 0, -1], [-2, -2, -5, -5], [4, 4, 4, 0]])
EDGES = floats(
    [
        [1, INF, 2, 3],
        [1, -INF, 2, 3],
        [INF, -INF, 1, 0],
        [INF, INF, 1, 0],
        [-INF, -INF, -INF, -INF],
        [NAN, 1, 2, NAN],
        [5, NAN, INF, -INF],
        [0, INF, 0, -1],
    ]
)
LARGE = floats([[1000, 1000, 999, -1000], [-1000, -1001, -1002, -1000], [88, 89, 90, 91], [1e30, -1e30, 1, 0]])


def rough(shape, seed):
    return floats(np.random.RandomState(seed).normal(0, 1, shape))


# --- reductions

REDUCE = {
    "sum": lax.reduce_sum,
    "prod": lax.reduce_prod,
    "max": lax.reduce_max,
    "min": lax.reduce_min,
}
AXES = [
    ((), [()]),
    ((5,), [(0,), ()]),
    ((2, 3, 4), [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)]),
    ((1, 3, 1), [(0,), (1,), (0, 2)]),
    ((0,), [(0,)]),
    ((2, 0, 3), [(0,), (1,), (1, 2)]),
]


def reductions():
    for op, f in REDUCE.items():
        for shape, choices in AXES:
            for axes in choices:
                yield case(op, lambda x: f(x, axes), [rational(shape, "x")], {"axes": axes})
        for x in (ZEROS, TIES, EDGES):
            yield case(op, lambda x: f(x, (1,)), [x], {"axes": (1,)})
            yield case(op, lambda x: f(x, (0,)), [x], {"axes": (0,)})
        yield case(op, lambda x: f(x, (0,)), [rough((1000,), 1)], {"axes": (0,)})
        yield case(op, lambda x: f(x, (0, 1)), [TIES], {"axes": (0, 1)})
    for op, f in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        for x in (rational((5,), "x"), rational((2, 3, 4), "x"), np.zeros((1, 3, 1), FLOAT), ZEROS, TIES, EDGES):
            for axis in range(x.ndim):
                yield case(op, lambda x: f(x, axis), [x], {"axis": axis})
        yield case(op, lambda x: f(x, 1), [np.zeros((0, 3), FLOAT)], {"axis": 1})
    if not X64:
        yield from integer_reductions()


def integer_reductions():
    small = np.array([[3, -1, 3], [0, 0, -7], [2**31 - 1, 1, 1]], np.int32)
    for x in (small, small.astype(np.uint32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.uint32)):
        for op, f in REDUCE.items():
            for axes in [(0,), (1,), (0, 1)]:
                yield case(op, lambda x: f(x, axes), [x], {"axes": axes})
        for op, f in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
            yield case(op, lambda x: f(x, 1), [x], {"axis": 1})
    truths = np.array([[True, False, True], [True, True, True], [False, False, False]])
    for x in (truths, np.zeros((0, 3), bool)):
        for op, f in (("all", jnp.all), ("any", jnp.any)):
            for axes in [(0,), (1,), (0, 1)]:
                yield case(op, lambda x: f(x, axes), [x], {"axes": axes})


# --- cumulative operations

CUMULATE = {
    "cumsum": lax.cumsum,
    "cumprod": lax.cumprod,
    "cummax": lax.cummax,
    "cummin": lax.cummin,
}


def cumulative():
    for op, f in CUMULATE.items():
        inputs = [rational(shape, "x") for shape in [(7,), (1,), (2, 3, 4), (0,), (2, 0, 3), (1, 3, 1)]]
        inputs += [ZEROS, TIES, EDGES, LARGE]
        for x in inputs:
            for axis in range(x.ndim):
                for reverse in (False, True):
                    yield case(op, lambda x: f(x, axis, reverse), [x], {"axis": axis, "reverse": reverse})
        yield case(op, lambda x: f(x, 0, False), [rough((100,), 2)], {"axis": 0, "reverse": False})
    if not X64:
        x = np.array([[3, -1, 3], [0, 0, -7], [2**31 - 1, 1, 1]], np.int32)
        for op in ("cumsum", "cumprod", "cummax", "cummin"):
            for dtype in (np.int32, np.uint32):
                yield case(op, lambda x: CUMULATE[op](x, 1, False), [x.astype(dtype)], {"axis": 1, "reverse": False})


# --- statistics and normalisation


def statistics():
    vector, block, normal = rational((5,), "x"), rational((2, 3, 4), "x"), rough((3, 6), 3)
    empty, constant = np.zeros((0, 3), FLOAT), np.full((2, 3), 1.5, FLOAT)
    for x, choices in [
        (vector, [None]),
        (block, [(0,), (0, 2), None]),
        (normal, [(1,)]),
        (empty, [(0,), (1,)]),
        (constant, [(1,)]),
        (EDGES, [(1,)]),
        (np.ones((1, 3), FLOAT), [(0,)]),
    ]:
        for axes in choices:
            keepdims = axes == (0,)
            params = {"axes": axes, "keepdims": keepdims}
            yield case("mean", lambda x: jnp.mean(x, axes, keepdims=keepdims), [x], params)
            for ddof in (0, 1):
                with_ddof = {**params, "ddof": ddof}
                yield case("var", lambda x: jnp.var(x, axes, ddof=ddof, keepdims=keepdims), [x], with_ddof)
                yield case("std", lambda x: jnp.std(x, axes, ddof=ddof, keepdims=keepdims), [x], with_ddof)
    for x, choices in [
        (vector, [None]),
        (block, [(0,), (0, 2), None]),
        (normal, [(1,)]),
        (empty, [(1,)]),
        (TIES, [(0,), (1,)]),
        (EDGES, [(1,)]),
        (LARGE, [(1,)]),
    ]:
        for axes in choices:
            keepdims = axes == (0,)
            params = {"axes": axes, "keepdims": keepdims}
            yield case("logsumexp", lambda x: logsumexp(x, axes, keepdims=keepdims), [x], params)
    factors, some = rational((3, 4), "factors"), np.array([[True, False, True, True]])
    for x in (block, block[:1]):
        weighted = lambda x, b: logsumexp(x, 1, b=jnp.abs(b))
        yield case("logsumexpOf", weighted, [x, factors], {"axes": (1,), "keepdims": False})
        params = {"axes": (2,), "keepdims": True, "where": some.tolist()}
        yield case("logsumexp", lambda x: logsumexp(x, 2, keepdims=True, where=some), [x], params)
    for x, axis in [(vector, 0), (block, 1), (normal, 1), (TIES, 1)]:
        for reverse in (False, True):
            params = {"axis": axis, "reverse": reverse}
            yield case("cumlogsumexp", lambda x: lax.cumlogsumexp(x, axis, reverse), [x], params)
    choices = [(vector, 0), (block, 0), (block, 1), (normal, 1), (empty, 1), (TIES, 1), (EDGES, 1), (LARGE, 1)]
    for x, axis in choices:
        yield case("softmax", lambda x: nn.softmax(x, axis), [x], {"axis": axis})
        yield case("logSoftmax", lambda x: nn.log_softmax(x, axis), [x], {"axis": axis})
    zero = np.zeros((3,), FLOAT)
    for x in (rational((5,), "x"), rational((2, 3), "x"), zero, floats([3, -4]), floats([0, 2, 0])):
        yield case("norm", lambda x: jnp.linalg.norm(x), [x], {"ord": None, "axes": None})
    for ord, name in [(1, 1), (2, 2), (3, 3), (INF, "inf"), (-INF, "-inf")]:
        for x in (rational((5,), "x"), floats([3, -3, 1, 0])):
            yield case("norm", lambda x: jnp.linalg.norm(x, ord), [x], {"ord": name, "axes": None})
        yield case("norm", lambda x: jnp.linalg.norm(x, ord, 1), [rational((2, 3), "x")], {"ord": name, "axes": (1,)})
    for ord in (-2, -1, -0.5):
        # at 0 and at infinities JAX's derivatives of it are NaN
        x = rational((5,), "x") + 3
        yield case("norm", lambda x: jnp.linalg.norm(x, ord), [x], {"ord": ord, "axes": None})


BOTH = ("x32", "x64")
FAMILIES = {"reductions": (BOTH, reductions), "cumulative": (BOTH, cumulative), "statistics": (BOTH, statistics)}
