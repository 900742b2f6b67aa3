"""Families `unary`, `binary`, `ternary`, `broadcasting`, `integers` and `subnormal`: operations element by element."""

import numpy as np
from jax import lax, nn
from jax import numpy as jnp

from record import FLOAT, X64, case, rational

# --- inputs

INF, NAN = np.inf, np.nan
LARGEST, TINY, EPSILON = (getattr(np.finfo(FLOAT), name) for name in ("max", "tiny", "eps"))


def floats(values):
    return np.array(values, np.float64).astype(FLOAT)


def drawn(values):
    """Of 24 bits, so that a processor whose `exp` differs in the last bit gives the same inputs."""
    return floats(np.asarray(values, np.float32))


def both_signs(values):
    return [s * v for v in values for s in (1, -1)]


def special_points():
    """Zeros, kinks, poles, ends of domains, tails and overflow, then points drawn from several scales."""
    state = np.random.RandomState(10)
    exact = [0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 10, 20, 40, 100, 1000, 2.0**23 + 1, 2.0**31, INF]
    near = [1 - EPSILON, 1 + EPSILON, 0.5 - EPSILON / 4, EPSILON, TINY, LARGEST, np.pi / 4, np.pi / 2, np.pi, 2 * np.pi]
    rough = [1e-20, 1e-10, 1e-6, 1e-3, 0.1, 0.3, 0.7, 0.9, 0.99, 5.3, 8.7, 16.5, 30, 1e5, 1e10, 1e18]
    tails = [80, 87, 88, 89, 103] + ([360, 700, 709, 710, 745, 1e160, 1e300] if X64 else [1e30])
    random = drawn(np.concatenate([state.uniform(-1, 1, 16), state.normal(0, 3, 16), np.exp(state.uniform(-15, 15, 8))]))
    return np.concatenate([floats(both_signs(exact + near + rough + tails) + [NAN]), random])


SHAPES = [(), (0, 3), (2, 1, 3)]


def ordinary(shape, role):
    """Positive, so inside most domains, and never an exact tie."""
    return np.abs(rational(shape, role)) / 5 + FLOAT.type(0.01)


def grid(values):
    """Every pair of the values, as two flat arrays."""
    x, y = np.meshgrid(values, values, indexing="ij")
    return x.ravel(), y.ravel()


def pairs():
    state = np.random.RandomState(11)
    x, y = grid(floats([0, -0.0, 0.5, 1, -1, 2, -2, 3, -3, -0.75, 1e-6, 1e6, -1e15, INF, -INF, NAN]))
    extra = floats(
        [(LARGEST, LARGEST), (LARGEST, -LARGEST), (TINY, 2), (1e-30, 1e30), (5.3, 2.1), (-5.3, 2.1), (5.3, -2.1)]
        + [(-5.3, -2.1), (1000, 1000), (-1000, 1000), (10, 0.5), (0.1, 30), (700, 1), (1, 700), (7, 7), (-7, 7)]
    )
    normal = drawn(state.normal(0, 2, (24, 2)))
    positive = drawn(np.exp(state.normal(0, 2, (16, 2))))
    return [np.concatenate([flat, extra[:, i], normal[:, i], positive[:, i]]) for i, flat in enumerate((x, y))]


# --- floating operations

UNARY = {
    "neg": lax.neg,
    "abs": lax.abs,
    "sign": lax.sign,
    "floor": lax.floor,
    "ceil": lax.ceil,
    "round": jnp.round,
    "square": lax.square,
    "reciprocal": jnp.reciprocal,
    "sqrt": lax.sqrt,
    "rsqrt": lax.rsqrt,
    "cbrt": lax.cbrt,
    "exp": lax.exp,
    "exp2": lax.exp2,
    "expm1": lax.expm1,
    "log": lax.log,
    "log1p": lax.log1p,
    "log2": jnp.log2,
    "log10": jnp.log10,
    "sin": lax.sin,
    "cos": lax.cos,
    "tan": lax.tan,
    "asin": lax.asin,
    "acos": lax.acos,
    "atan": lax.atan,
    "sinh": lax.sinh,
    "cosh": lax.cosh,
    "tanh": lax.tanh,
    "asinh": lax.asinh,
    "acosh": lax.acosh,
    "atanh": lax.atanh,
    "logistic": lax.logistic,
    "erf": lax.erf,
    "erfc": lax.erfc,
    "erfInv": lax.erf_inv,
    "lgamma": lax.lgamma,
    "digamma": lax.digamma,
    "softplus": nn.softplus,
    "logSigmoid": nn.log_sigmoid,
    "relu": nn.relu,
    "silu": nn.silu,
    "isFinite": lax.is_finite,
    "isNaN": jnp.isnan,
    "isInf": jnp.isinf,
    "signbit": jnp.signbit,
}

BINARY = {
    "add": lax.add,
    "sub": lax.sub,
    "mul": lax.mul,
    "div": lax.div,
    "rem": lax.rem,
    "pow": lax.pow,
    "atan2": lax.atan2,
    "max": lax.max,
    "min": lax.min,
    "logaddexp": jnp.logaddexp,
    "hypot": jnp.hypot,
    "mod": jnp.mod,
    "floorDiv": jnp.floor_divide,
}

VALUE_ONLY = {"copysign": jnp.copysign, "heaviside": jnp.heaviside}

COMPARISON = {"eq": lax.eq, "ne": lax.ne, "lt": lax.lt, "le": lax.le, "gt": lax.gt, "ge": lax.ge}


def unary():
    points = special_points()
    for op, f in UNARY.items():
        yield case(op, f, [points])
        for shape in SHAPES:
            yield case(op, f, [ordinary(shape, "x")])
    yield case("sinc", jnp.sinc, [points], order=0)  # JAX's own derivatives of it lose all digits away from 0
    for n in range(-3, 5):
        power = lambda x: lax.integer_pow(x, n)
        yield case("integerPow", power, [points], {"n": n})
        yield case("integerPow", power, [ordinary((0, 3), "x")], {"n": n})


def binary():
    x, y = pairs()
    for op, f in {**BINARY, **VALUE_ONLY, **COMPARISON}.items():
        order = 0 if op in VALUE_ONLY else 2
        yield case(op, f, [x, y], order=order)
        for shape in SHAPES:
            yield case(op, f, [ordinary(shape, "x"), ordinary(shape, "y")], order=order)


def ternary():
    x, y = pairs()
    taken = np.random.RandomState(12).randint(0, 2, x.shape).astype(bool)
    yield case("select", jnp.where, [taken, x, y])
    for shape in SHAPES:
        yield case("select", jnp.where, [rational(shape, "c") > 0, rational(shape, "x"), rational(shape, "y")])
    low, points, high = np.meshgrid(*[floats([-INF, -1, 0, -0.0, 0.5, 1, INF, NAN])] * 3, indexing="ij")
    yield case("clamp", lax.clamp, [low.ravel(), points.ravel(), high.ravel()])
    for shape in SHAPES:
        yield case("clamp", lax.clamp, [rational(shape, "low"), rational(shape, "x"), rational(shape, "high") + 2])
    # with bounds of another shape than x, JAX's own derivative of clamp fails: they are broadcast first
    f = lambda low, x, high: lax.clamp(jnp.broadcast_to(low, x.shape), x, jnp.broadcast_to(high, x.shape))
    yield case("clamp", f, [floats(-1), 2 * rational((3, 4), "x"), floats(1)])


def broadcasting():
    """NumPy's broadcasting: a gradient is summed over the axes along which its operand was repeated."""
    shapes = [((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((0, 3), (1, 3)), ((1, 1), (2, 1, 3)), ((1,), (0,))]
    operations = {
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "pow": jnp.power,
        "atan2": jnp.arctan2,
        "max": jnp.maximum,
        "min": jnp.minimum,
        "lt": jnp.less,
    }
    for op, f in operations.items():
        for left, right in shapes:
            yield case(op, f, [ordinary(left, "x"), ordinary(right, "y")])
    for c, left, right in [((3, 1), (1, 2), ()), ((), (2, 3), (3,)), ((2, 0), (1, 1), (2, 1))]:
        yield case("select", jnp.where, [rational(c, "c") > 0, rational(left, "x"), rational(right, "y")])


# --- integers and booleans


def integers():
    unary = {"neg": lax.neg, "abs": lax.abs, "sign": lax.sign, "square": lax.square}
    bitwise_unary = {"bitwiseNot": lax.bitwise_not}
    arithmetic = {
        "add": lax.add,
        "sub": lax.sub,
        "mul": lax.mul,
        "div": lax.div,
        "rem": lax.rem,
        "floorDiv": jnp.floor_divide,
        "mod": jnp.mod,
        "max": lax.max,
        "min": lax.min,
    }
    bitwise = {"and": lax.bitwise_and, "or": lax.bitwise_or, "xor": lax.bitwise_xor}
    shifts = {
        "shiftLeft": lax.shift_left,
        "shiftRightLogical": lax.shift_right_logical,
        "shiftRightArithmetic": lax.shift_right_arithmetic,
    }
    edges = {
        np.int32: [0, 1, -1, 2, 3, -3, 7, -7, 255, 65536, 123456789, -987654321, 2**31 - 1, -(2**31)],
        np.uint32: [0, 1, 2, 3, 7, 255, 65536, 65537, 123456789, 2**31 - 1, 2**31, 2**32 - 7, 2**32 - 1],
    }
    for dtype, values in edges.items():
        points = np.array(values, dtype)
        x, y = grid(points)
        for op, f in {**unary, **bitwise_unary}.items():
            if op != "abs" or dtype == np.int32:
                yield case(op, f, [points])
        for op, f in {**arithmetic, **bitwise, **COMPARISON}.items():
            yield case(op, f, [x, y])
        last = -1 if dtype == np.int32 else 2**32 - 1
        amounts = np.array([0, 1, 5, 16, 31, 32, 33, 64, 2**31 - 1, last], dtype)
        a, b = (part.ravel() for part in np.meshgrid(points, amounts, indexing="ij"))
        for op, f in shifts.items():
            yield case(op, f, [a, b])
        for n in range(5):
            yield case("integerPow", lambda x: lax.integer_pow(x, n), [points], {"n": n})
        base, exponent = (part.ravel() for part in np.meshgrid(points, np.array([0, 1, 2, 3, 5, 31, 33], dtype)))
        yield case("pow", jnp.power, [base, exponent])
        yield case("select", jnp.where, [x > y, x, y])
        yield case("clamp", lax.clamp, [np.minimum(x, y), x[::-1].copy(), np.maximum(x, y)])
        for op in ("add", "mul", "max"):
            yield case(op, arithmetic[op], [np.zeros((0, 2), dtype)] * 2)
    truths = np.array([False, True])
    p, q = grid(truths)
    yield case("logicalNot", jnp.logical_not, [truths])
    for op, f in {**bitwise, **COMPARISON, "max": lax.max, "min": lax.min}.items():
        yield case(op, f, [p, q])
    yield case("select", jnp.where, [p, q, np.logical_not(q)])


# --- subnormal numbers


def subnormal():
    """Subnormal operands. XLA on the CPU takes them for zeros, but for those operations that only move bits."""
    smallest = np.finfo(FLOAT).smallest_subnormal
    points = np.array(both_signs([smallest, 3 * smallest, TINY / 2, TINY - smallest]), FLOAT)
    ones = np.resize(np.array([1, 2, 0.5], FLOAT), points.shape)
    for op in ("neg", "abs", "sign", "sqrt", "exp", "expm1", "log", "log1p", "sin", "tanh", "isFinite"):
        yield case(op, UNARY[op], [points], order=0)
    for op, f in {**{name: BINARY[name] for name in ("add", "mul", "div", "max", "min")}, **COMPARISON}.items():
        yield case(op, f, [points, points], order=0)
        yield case(op, f, [points, ones], order=0)


BOTH = ("x32", "x64")
FAMILIES = {
    "unary": (BOTH, unary),
    "binary": (BOTH, binary),
    "ternary": (BOTH, ternary),
    "broadcasting": (BOTH, broadcasting),
    "integers": (("x32",), integers),
    "subnormal": (BOTH, subnormal),
}
