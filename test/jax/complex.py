"""Families `complex` and `corners`: functions of complex numbers, at ordinary points, and where C99 says what they are."""

import numpy as np
from jax import lax, nn
from jax import numpy as jnp

from record import COMPLEX, FLOAT, case, encode, rational

INF, NAN = np.inf, np.nan

# --- ordinary points


def spiral(count, start, stop):
    """Points around 0 between two distances, none of them on an axis, where branch cuts are."""
    angles = 0.4 + np.arange(count) * 2.399963229728653
    return (np.geomspace(start, stop, count) * np.exp(1j * angles)).astype(COMPLEX)


UNARY = {
    "neg": lax.neg,
    "conj": jnp.conj,
    "real": jnp.real,
    "imag": jnp.imag,
    "abs": jnp.abs,
    "square": jnp.square,
    "reciprocal": jnp.reciprocal,
    "sqrt": jnp.sqrt,
    "rsqrt": lax.rsqrt,
    "exp": jnp.exp,
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "logistic": nn.sigmoid,
}

BINARY = {"add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "pow": jnp.power}


def number(*shape, role="z"):
    return rational(shape, role, COMPLEX) / 4


def complex_functions():
    points = spiral(12, 0.3, 2.5)
    for op, f in UNARY.items():
        # JAX takes the slope of acosh of the root of z² - 1, which has the other sign where the real part is negative.
        yield case(op, f, [np.where(points.real < 0, -points, points) if op == "acosh" else points])
    # JAX's slope of a complex sign is 0, which holds for no direction but that of the number itself.
    yield case("sign", jnp.sign, [points], order=0)
    others = spiral(12, 2, 0.5)
    for op, f in BINARY.items():
        yield case(op, f, [points, others])
        yield case(op, f, [points, np.abs(others).astype(FLOAT)])
        yield case(op, f, [np.abs(points).astype(FLOAT), others])
    for exponent in (-3, -1, 0, 1, 2, 5):
        yield case("integerPow", lambda z: lax.integer_pow(z, exponent), [points], {"n": exponent})
    yield case("complex", lax.complex, [rational((5,), "real part"), rational((5,), "imaginary part")])
    for op, f in {"eq": jnp.equal, "ne": jnp.not_equal}.items():
        yield case(op, f, [points, np.where(np.arange(12) % 2, points, others)], order=0)
    predicate = np.arange(12) % 3 == 0
    yield case("select", lambda p, x, y: jnp.where(p, x, y), [predicate, points, others])

    for axes in ([0], [1], [0, 1]):
        yield case("sum", lambda z: jnp.sum(z, axis=tuple(axes)), [number(3, 4)], {"axes": axes})
        yield case("mean", lambda z: jnp.mean(z, axis=tuple(axes)), [number(3, 4)], {"axes": axes})
        yield case("var", lambda z: jnp.var(z, axis=tuple(axes)), [number(3, 4)], {"axes": axes})
        yield case("std", lambda z: jnp.std(z, axis=tuple(axes)), [number(3, 4)], {"axes": axes})
    yield case("cumsum", lambda z: lax.cumsum(z, 1, reverse=False), [number(3, 4)], {"axis": 1, "reverse": False})

    left, right = number(2, 3), number(3, 4, role="w")
    yield case("matmul", jnp.matmul, [left, right])
    yield case("matmul", jnp.matmul, [left, rational((3, 4), "w")])
    yield case("matmul", jnp.matmul, [rational((2, 3), "z"), right])
    yield case("vdot", jnp.vdot, [number(5), number(5, role="w")])
    yield case("inner", jnp.inner, [number(5), number(5, role="w")])
    yield case("outer", jnp.outer, [number(3), number(4, role="w")])
    for spec in ("ij,jk->ik", "ij,ij->", "ij,kj->ik", "bij,bjk->bik"):
        sizes = {"b": 2, "i": 2, "j": 3, "k": 2}
        operands = [number(*(sizes[n] for n in names), role=names) for names in spec.split("->")[0].split(",")]
        yield case("einsum", lambda x, y: jnp.einsum(spec, x, y), operands, {"spec": spec})

    yield case("transpose", lambda z: jnp.transpose(z, (1, 0)), [number(2, 3)], {"permutation": [1, 0]})
    yield case("concatenate", lambda x, y: jnp.concatenate([x, y], 0), [number(2, 2), number(1, 2)], {"axis": 0})
    yield case("take", lambda z, i: jnp.take(z, i, axis=0, mode="wrap"), [number(4, 2), np.array([2, 0, 2], np.int32)], {"axis": 0, "mode": "wrap"})
    yield case("flip", lambda z: jnp.flip(z, 0), [number(3)], {"axis": 0})
    yield case("roll", lambda z: jnp.roll(z, 2, 0), [number(5)], {"shift": 2, "axis": 0})
    yield case("tril", lambda z: jnp.tril(z, 0), [number(3, 3)], {"k": 0})
    yield case("diag", lambda z: jnp.diag(z, 0), [number(3)], {"k": 0})


# --- corners

# Functions that Annex G of C99 has, in NumPy, whose values follow it; XLA's do not everywhere: its sqrt(-inf + i) is NaN.
CORNERS = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}


# Where a zero has a sign that C99 does not specify.
UNSPECIFIED = {
    "exp": lambda x, y: x == -INF and not np.isfinite(y),
    "tanh": lambda x, y: np.isinf(x) and not np.isfinite(y),
    "tan": lambda x, y: np.isinf(y) and not np.isfinite(x),
    "atan": lambda x, y: np.isinf(x) and np.isnan(y),
    "atanh": lambda x, y: np.isinf(y) and np.isnan(x),
}


def corners():
    parts = np.array([0, -0.0, 0.5, -0.5, 1, -1, 2, -2, 1e30, -1e30, INF, -INF, NAN], FLOAT)
    with np.errstate(all="ignore"):
        for op, f in CORNERS.items():
            is_open = UNSPECIFIED.get(op, lambda x, y: False)
            points = np.array([complex(x, y) for x in parts for y in parts if not is_open(x, y)], COMPLEX)
            yield {"op": op, "params": {}, "inputs": [encode(points)], "value": encode(f(points))}


FAMILIES = {
    "complex": (("x32", "x64"), complex_functions),
    "corners": (("x32", "x64"), corners),
}
