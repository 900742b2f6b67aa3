"""Families `shapes`, `indexing` and `conversions`: operations that move elements, and those that change their dtype."""

import numpy as np
from jax import lax
from jax import numpy as jnp

from record import FLOAT, MODE, X64, case, rational

INF, NAN = np.inf, np.nan


def iota(shape, dtype=None):
    return np.arange(int(np.prod(shape)), dtype=dtype or FLOAT).reshape(shape)


# --- shapes


def shapes():
    x = rational
    for before, after in [
        ((2, 3), (3, 2)),
        ((2, 3), (6,)),
        ((), (1, 1)),
        ((1,), ()),
        ((0, 3), (3, 0)),
        ((4, 3), (2, 2, 3)),
    ]:
        yield case("reshape", lambda x: lax.reshape(x, after), [x(before, "x")], {"shape": after})
    for shape, order in [((2, 3), (1, 0)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (0, 2, 1)), ((), ()), ((0, 3), (1, 0))]:
        yield case("transpose", lambda x: lax.transpose(x, order), [x(shape, "x")], {"permutation": order})
    for shape, target, dims in [
        ((), (2, 3), ()),
        ((3,), (2, 3), (1,)),
        ((2,), (2, 3), (0,)),
        ((2, 1), (2, 3), (0, 1)),
        ((1, 3), (2, 4, 3), (0, 2)),
        ((1,), (0,), (0,)),
        ((2, 3), (2, 3), (0, 1)),
    ]:
        f = lambda x: lax.broadcast_in_dim(x, target, dims)
        yield case("broadcast", f, [x(shape, "x")], {"shape": target, "dims": dims})
    for shape, target in [((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2, 2)), ((1, 0), (3, 0))]:
        yield case("broadcastTo", lambda x: jnp.broadcast_to(x, target), [x(shape, "x")], {"shape": target})
    for shape, axes in [((1, 3, 1), (0, 2)), ((1, 3, 1), (0,)), ((1,), (0,)), ((1, 0), (0,)), ((2, 3), ())]:
        yield case("squeeze", lambda x: lax.squeeze(x, axes), [x(shape, "x")], {"axes": axes})
    for shape, axis in [((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((), 0)]:
        yield case("expandDims", lambda x: jnp.expand_dims(x, axis), [x(shape, "x")], {"axis": axis})
    for parts, axis in [
        ([(2, 3), (1, 3)], 0),
        ([(2, 3), (2, 2), (2, 1)], 1),
        ([(0,), (3,)], 0),
        ([(2, 0), (2, 0)], 1),
        ([(4,)], 0),
        ([(1, 2, 1), (1, 2, 3)], 2),
    ]:
        operands = [x(shape, f"part {i}") for i, shape in enumerate(parts)]
        yield case("concatenate", lambda *xs: lax.concatenate(xs, axis), operands, {"axis": axis})
    for shape, count, axis in [((2, 3), 2, 0), ((2, 3), 3, 1), ((3,), 2, -1), ((), 3, 0)]:
        operands = [x(shape, f"part {i}") for i in range(count)]
        yield case("stack", lambda *xs: jnp.stack(xs, axis), operands, {"axis": axis})
    for shape, config in [
        ((3,), [(1, 2, 0)]),
        ((3,), [(0, 0, 2)]),
        ((5,), [(-1, -2, 0)]),
        ((4,), [(-1, 2, 1)]),
        ((4,), [(-2, -2, 1)]),
        ((2, 3), [(1, 0, 0), (0, 2, 1)]),
        ((2, 3), [(-1, 1, 0), (2, -1, 2)]),
        ((0,), [(1, 2, 0)]),
        ((0, 2), [(2, 1, 3), (0, 0, 0)]),
        ((), []),
    ]:
        low, high, interior = ([part[i] for part in config] for i in range(3))
        params = {"low": low, "high": high, "interior": interior}
        yield case("pad", lambda x, value: lax.pad(x, value, config), [x(shape, "x"), x((), "value")], params)
    for shape, starts, limits, strides in [
        ((7,), (1,), (6,), (1,)),
        ((7,), (1,), (7,), (3,)),
        ((7,), (0,), (7,), (2,)),
        ((4,), (2,), (2,), (1,)),
        ((3, 5), (1, 0), (3, 5), (1, 2)),
        ((2, 3, 4), (0, 1, 1), (2, 3, 4), (1, 1, 3)),
        ((0, 3), (0, 1), (0, 3), (1, 1)),
        ((), (), (), ()),
    ]:
        params = {"starts": starts, "limits": limits, "strides": strides}
        yield case("slice", lambda x: lax.slice(x, starts, limits, strides), [x(shape, "x")], params)
    for shape, axes in [((4,), (0,)), ((2, 3), (1,)), ((2, 3), (0, 1)), ((0, 2), (0, 1)), ((2, 3), ())]:
        yield case("reverse", lambda x: lax.rev(x, axes), [x(shape, "x")], {"axes": axes})
    for axis in (None, 0, 1, -1, (0, 1)):
        yield case("flip", lambda x: jnp.flip(x, axis), [x((2, 3), "x")], {"axis": axis})
    for shape, shift, axis in [
        ((5,), 2, 0),
        ((5,), -1, 0),
        ((2, 3), 1, None),
        ((2, 3), (1, -1), (0, 1)),
        ((5,), 12, 0),
    ]:
        yield case("roll", lambda x: jnp.roll(x, shift, axis), [x(shape, "x")], {"shift": shift, "axis": axis})
    for shape, reps in [((2, 3), (2,)), ((2, 3), (2, 1)), ((3,), (2, 2)), ((), (3,)), ((2,), (0,))]:
        yield case("tile", lambda x: jnp.tile(x, reps), [x(shape, "x")], {"reps": reps})
    for shape, repeats, axis in [
        ((3,), 2, 0),
        ((2, 3), 2, 1),
        ((2, 3), 3, None),
        ((3,), [1, 0, 2], 0),
        ((3,), 0, 0),
        ((3, 2), [2], 0),
    ]:
        several = isinstance(repeats, list) and len(repeats) > 1
        total = sum(repeats) if several else None  # what transforms must know beforehand
        f = lambda x: jnp.repeat(x, np.array(repeats), axis, total_repeat_length=total)
        yield case("repeat", f, [x(shape, "x")], {"repeats": repeats, "axis": axis})
    for op, f in (("tril", jnp.tril), ("triu", jnp.triu)):
        for shape, k in [((3, 3), 0), ((3, 4), 1), ((4, 3), -1), ((2, 3, 3), 0), ((3, 3), 5)]:
            yield case(op, lambda x: f(x, k), [x(shape, "x")], {"k": k})
    for shape, k in [((3,), 0), ((2,), 1), ((2,), -2), ((3, 4), 0), ((3, 4), 1), ((3, 4), -1)]:
        yield case("diag", lambda x: jnp.diag(x, k), [x(shape, "x")], {"k": k})
    for shape in [(3, 3), (2, 3)]:
        yield case("trace", jnp.trace, [x(shape, "x")])
    for indexing in ("xy", "ij"):
        for part in (0, 1):
            f = lambda *xs: jnp.meshgrid(*xs, indexing=indexing)[part]
            yield case("meshgrid", f, [x((2,), "x"), x((3,), "y")], {"indexing": indexing, "part": part})
    for sections, shape, axis in [(3, (6,), 0), (2, (2, 4), 1), ([1, 3], (5,), 0), ([2, 2], (4, 2), 0)]:
        for part in range(sections if isinstance(sections, int) else len(sections) + 1):
            params = {"sections": sections, "axis": axis, "part": part}
            split_at = sections if isinstance(sections, int) else np.array(sections)
            yield case("split", lambda x: jnp.split(x, split_at, axis)[part], [x(shape, "x")], params)
    for shape, source, destination in [((2, 3, 4), 0, 2), ((2, 3, 4), -1, 0), ((2, 3, 4), (0, 1), (2, 0))]:
        f = lambda x: jnp.moveaxis(x, source, destination)
        yield case("moveaxis", f, [x(shape, "x")], {"source": source, "destination": destination})
    yield case("swapaxes", lambda x: jnp.swapaxes(x, 0, 2), [x((2, 3, 4), "x")], {"axis1": 0, "axis2": 2})
    for num, endpoint in [(5, True), (5, False), (1, True), (1, False), (2, True), (0, True), (7, True), (50, True)]:
        f = lambda start, stop: jnp.linspace(start, stop, num, endpoint=endpoint)
        for start, stop in [(0, 1), (-1.5, 2.3)]:
            yield case("linspace", f, [np.array(v, FLOAT) for v in (start, stop)], {"num": num, "endpoint": endpoint})
    whole = {"num": 5, "endpoint": True, "dtype": "int32"}
    f = lambda start, stop: jnp.linspace(start, stop, 5, dtype="int32")
    yield case("linspace", f, [np.array(v, FLOAT) for v in (-3, 4)], whole)
    name = FLOAT.name
    for start, stop, step in [(0, 5, 1), (2, 7, 2), (5, 0, -1), (0, 1, 0.25), (0, 1, 0.3), (3, 3, 1), (-1.5, 2, 0.7)]:
        params = {"start": start, "stop": stop, "step": step, "dtype": name}
        yield case("arange", lambda: jnp.arange(start, stop, step, FLOAT), [], params)
    for n, m, k in [(3, 3, 0), (2, 4, 1), (4, 2, -1), (0, 2, 0)]:
        yield case("eye", lambda: jnp.eye(n, m, k, FLOAT), [], {"rows": n, "columns": m, "k": k, "dtype": name})
    for dtype in (name,) if X64 else (name, "int32", "uint32"):
        for shape, axis in [((4,), 0), ((2, 3), 0), ((2, 3), 1), ((0, 3), 1)]:
            params = {"dtype": dtype, "shape": shape, "axis": axis}
            yield case("iota", lambda: lax.broadcasted_iota(dtype, shape, axis), [], params)
    if not X64:
        yield from moved_integers()


def moved_integers():
    for dtype in (np.int32, np.uint32, bool):
        x = iota((2, 3), np.int32).astype(dtype)
        yield case("transpose", lambda x: lax.transpose(x, (1, 0)), [x], {"permutation": (1, 0)})
        yield case("reverse", lambda x: lax.rev(x, (1,)), [x], {"axes": (1,)})
        yield case("concatenate", lambda *xs: lax.concatenate(xs, 0), [x, x], {"axis": 0})
        params = {"low": (1, 0), "high": (0, -1), "interior": (0, 1)}
        yield case("pad", lambda x, v: lax.pad(x, v, [(1, 0, 0), (0, -1, 1)]), [x, np.array(1, dtype)], params)
        params = {"starts": (0, 1), "limits": (2, 3), "strides": (1, 1)}
        yield case("slice", lambda x: lax.slice(x, (0, 1), (2, 3)), [x], params)


# --- indexing, sorting


def indexing():
    i32 = lambda values: np.array(values, np.int32)
    for shape, indices, axis in [
        ((5,), i32([0, 3, 3, 1]), 0),
        ((5,), i32(2), 0),
        ((5,), i32([-1, -5, 2]), 0),
        ((3, 4), i32([2, 0]), 0),
        ((3, 4), i32([[1, 1], [3, 0]]), 1),
        ((3, 4), i32([]), 1),
        ((2, 3, 2), i32([1, 1, 0]), 1),
    ]:
        params = {"axis": axis, "mode": "fill"}
        yield case("take", lambda x, i: jnp.take(x, i, axis), [rational(shape, "x"), indices], params)
    outside = i32([4, 5, 99, -1, -5, -6, -99, 0])
    for mode in ("clip", "fill", "wrap"):
        params = {"axis": 0, "mode": mode}
        yield case("take", lambda x, i: jnp.take(x, i, 0, mode=mode), [rational((5,), "x"), outside], params)
    for shape, indices, axis in [
        ((3, 4), i32([[0, 3], [1, 1], [-1, 2]]), 1),
        ((3, 4), i32([[0, 2, 1, -3]]), 0),
        ((5,), i32([4, 0, 0]), 0),
        ((2, 0), i32(np.zeros((2, 0))), 1),
    ]:
        f = lambda x, i: jnp.take_along_axis(x, i, axis)
        yield case("takeAlongAxis", f, [rational(shape, "x"), indices], {"axis": axis})
    tied = np.array([[3, 1, 3, 2, 1], [0, -0.0, 0, -1, -0.0], [INF, NAN, -INF, NAN, 5]], FLOAT)
    for x in (rational((7,), "x"), rational((2, 3, 4), "x"), tied, np.zeros((0,), FLOAT), np.ones((1, 3, 1), FLOAT)):
        for axis in range(x.ndim):
            yield case("sort", lambda x: jnp.sort(x, axis), [x], {"axis": axis})
            yield case("argsort", lambda x: jnp.argsort(x, axis), [x], {"axis": axis})
    if not X64:
        for dtype, values in ((np.int32, [3, -1, 3, 2**31 - 1, -(2**31), 0]), (np.uint32, [3, 2**32 - 1, 0, 3, 2**31])):
            x = np.array(values, dtype)
            yield case("sort", jnp.sort, [x], {"axis": 0})
            yield case("argsort", jnp.argsort, [x], {"axis": 0})
            yield case("take", lambda x, i: jnp.take(x, i, 0, mode="clip"), [x, outside], {"axis": 0, "mode": "clip"})
    ordered = np.array([-INF, -2, 0, 0, 1.5, INF, NAN, NAN], FLOAT)
    sought = np.array([[-INF, -3, -2, -0.0], [0.5, 1.5, INF, NAN]], FLOAT)
    for side in ("left", "right"):
        f = lambda a, v: jnp.searchsorted(a, v, side=side)
        yield case("searchsorted", f, [ordered, sought], {"side": side})
        yield case("searchsorted", f, [ordered[:0], sought], {"side": side})
    for start in (i32(0), i32(2), i32(9), i32(-1), i32(-9)):
        f = lambda x, s: lax.dynamic_slice(x, (s,), (3,))
        yield case("dynamicSlice", f, [rational((5,), "x"), start], {"sizes": (3,)})


# --- dtypes


def conversions():
    """x32 holds every pair of the four dtypes it has, x64 the pairs with float64."""
    edges = [0, -0.0, 0.5, -0.5, 0.999, 1, -1, 1.5, -1.5, 2.5, 2147483520, 2147483648, -2147483648, -2147483904]
    edges += [3e9, -3e9, 4294967040, 4294967296, 5e9, 1e10, -1e10, 1e30, -1e30, INF, -INF, NAN, 16777217, 0.1]
    wide = [1e300, -1e300, 3.5e38, 3.4028235677973366e38, 1e-40, 2147483647, 4294967295, -2147483649, 1 + 2.0**-24]
    inputs = {
        "float64": np.array(edges + wide, np.float64),
        "float32": np.array(edges, np.float64).astype(np.float32),
        "int32": np.array([0, 1, -1, 7, -7, 16777217, 33554433, 2**31 - 1, 2**31 - 65, -(2**31)], np.int32),
        "uint32": np.array([0, 1, 7, 16777217, 2**31 - 1, 2**31, 2**32 - 129, 2**32 - 1], np.uint32),
        "bool": np.array([False, True]),
    }
    for source, x in inputs.items():
        for target in inputs:
            if ("float64" in (source, target)) == (MODE == "x64"):
                f = lambda x: lax.convert_element_type(x, target)
                yield case("convert", f, [x], {"dtype": target})
                yield case("convert", f, [x[:0].reshape(2, 0)], {"dtype": target})
    patterns = [0, 1, 0x3F800000, 0x7F800000, 0xFF800000, 0x80000000, 0x40490FDB, 0x7F7FFFFF, 0x007FFFFF]
    bits32 = np.array(patterns, np.uint32)
    if X64:
        x = np.array([0, -0.0, 1, -1, np.pi, 1e300, 5e-324, INF, -INF, NAN], np.float64)
        yield case("bitcast", lambda x: lax.bitcast_convert_type(x, np.uint32), [x], {"dtype": "uint32"})
        yield case("bitcast", lambda x: lax.bitcast_convert_type(x, np.int32), [x], {"dtype": "int32"})
        pairs = x.view(np.uint32).reshape(-1, 2)
        yield case("bitcast", lambda x: lax.bitcast_convert_type(x, np.float64), [pairs], {"dtype": "float64"})
    else:
        views = {name: bits32.view(name) for name in ("float32", "int32", "uint32")}
        for source, x in views.items():
            for target in views:
                if source != target:
                    yield case("bitcast", lambda x: lax.bitcast_convert_type(x, target), [x], {"dtype": target})
        quiet = np.array([NAN], np.float32)
        yield case("bitcast", lambda x: lax.bitcast_convert_type(x, np.uint32), [quiet], {"dtype": "uint32"})


BOTH = ("x32", "x64")
FAMILIES = {"shapes": (BOTH, shapes), "indexing": (BOTH, indexing), "conversions": (BOTH, conversions)}
