"""How a JAX result becomes a line of a fixture file.

An array is {"dtype", "shape", "hex"}: its elements row-major, little-endian, in hexadecimal, so that every bit is kept.
A bool is one byte. A NaN is always the positive quiet one, since its sign and payload depend on the order in which a
compiler puts operands. An int64 result (JAX's index type when 64-bit types are on) is stored as int32.

A case of an operation is one line:

    op, params     the operation and its static arguments, in freegrad's names
    inputs         the operands
    value          the result
    tangents       a direction t for each floating operand, null for the others
    jvp            J t, the derivative of the value in the direction t
    seconds        a second direction s for each floating operand, null for the others
    second         the derivative of the jvp in the direction s: f''(x)[t, s]
    cotangent      a covector ct at the result
    vjp            J^T ct, one gradient for each floating operand, null for the others

The last six are there only if the result and some operand are floating, and the operation has derivatives in JAX
(`order=0` in the calls below says that it has none). An array that a file needs again and again stands once in its
`shared` part, and is then named by a hash of its content: "#1a2b3c4d".
"""

import hashlib
import json
import zlib
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

X64 = bool(jax.config.jax_enable_x64)
MODE = "x64" if X64 else "x32"
FLOAT = np.dtype(np.float64 if X64 else np.float32)
COMPLEX = np.dtype(np.complex128 if X64 else np.complex64)
DTYPES = ("float64", "float32", "complex128", "complex64", "int32", "uint32", "bool")

# --- arrays


def is_float(x):
    """Whether the elements are real or complex numbers: what has derivatives."""
    return np.asarray(x).dtype.kind in "fc"


def encode(x):
    a = np.asarray(x)
    if a.dtype == np.int64:
        narrow = a.astype(np.int32)
        assert np.array_equal(narrow, a), "an int64 result that does not fit in int32"
        a = narrow
    assert a.dtype.name in DTYPES, f"no fixture holds {a.dtype}"
    if a.dtype.kind == "c":
        parts = encode(np.ascontiguousarray(a).view(a.real.dtype))  # the parts in turn, as numbers
        return {**parts, "dtype": a.dtype.name, "shape": list(a.shape)}
    if a.dtype.kind == "f":
        a = np.where(np.isnan(a), np.array(np.nan, a.dtype), a)
    data = np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes().hex()
    return {"dtype": a.dtype.name, "shape": list(a.shape), "hex": data}


def rational(shape, role, dtype=None):
    """Multiples of 1/16 up to 4 in size, never 0, fixed by the shape and the role: sums of products are exact."""
    if dtype is not None and np.dtype(dtype).kind == "c":
        parts = [rational(shape, f"{part}{role}", np.dtype(dtype).type(0).real.dtype) for part in ("", "imaginary ")]
        return lax.complex(*parts)
    state = np.random.RandomState(zlib.crc32(f"{role} {list(shape)}".encode()))
    size = state.randint(1, 65, shape) * state.choice([-1, 1], shape)
    return jnp.asarray(size / 16, dtype or FLOAT)


# --- cases


def case(op, f, inputs, params=None, order=2):
    """The record of `f` at `inputs`: its value, and its first and second derivatives in every floating operand."""
    inputs = [jnp.asarray(x) for x in inputs]  # of JAX: a derivative rule of a NumPy array would compute in NumPy
    value = f(*inputs)
    record = {"op": op, "params": params or {}, "inputs": [encode(x) for x in inputs], "value": encode(value)}
    floating = [i for i, x in enumerate(inputs) if is_float(x)]
    if order == 0 or not floating or not is_float(value):
        return record

    def g(*xs):
        operands = list(inputs)
        for i, x in zip(floating, xs):
            operands[i] = x
        return f(*operands)

    def spread(xs):
        given = dict(zip(floating, xs))
        return [encode(given[i]) if i in given else None for i in range(len(inputs))]

    xs = tuple(inputs[i] for i in floating)
    ts = tuple(rational(x.shape, f"tangent {i}", x.dtype) for i, x in zip(floating, xs))
    ss = tuple(rational(x.shape, f"second {i}", x.dtype) for i, x in zip(floating, xs))
    ct = rational(value.shape, "cotangent", value.dtype)
    push = lambda *at: jax.jvp(g, at, ts)[1]
    record["tangents"] = spread(ts)
    record["jvp"] = encode(push(*xs))
    record["seconds"] = spread(ss)
    record["second"] = encode(jax.jvp(push, xs, ss)[1])
    record["cotangent"] = encode(ct)
    record["vjp"] = spread(jax.vjp(g, *xs)[1](ct))
    return record


# --- files


def share(cases):
    """Moves each long array that occurs more than once out of the cases: the shared arrays, and what is left."""
    name = lambda a: "#" + hashlib.sha1(json.dumps(a).encode()).hexdigest()[:8]
    is_array = lambda v: isinstance(v, dict) and "hex" in v
    count, found = Counter(), {}

    def visit(v):
        if is_array(v):
            if len(v["hex"]) >= 64:
                assert found.setdefault(name(v), v) == v, "two arrays with one hash"
                count[name(v)] += 1
        elif isinstance(v, list):
            [visit(w) for w in v]
        elif isinstance(v, dict):
            [visit(w) for w in v.values()]

    def replace(v):
        if is_array(v):
            return name(v) if count[name(v)] > 1 else v
        if isinstance(v, list):
            return [replace(w) for w in v]
        if isinstance(v, dict):
            return {k: replace(w) for k, w in v.items()}
        return v

    visit(cases)
    return {k: found[k] for k in sorted(found) if count[k] > 1}, replace(cases)


def write(folder, family, cases):
    """Writes a family's file, a case or shared array on a line."""
    shared, cases = share(cases)
    line = lambda v: json.dumps(v, separators=(",", ":"), allow_nan=False)
    text = "".join(
        [
            '{"jax":%s,"mode":%s,"family":%s,\n' % (line(jax.__version__), line(MODE), line(family)),
            '"shared":{\n',
            ",\n".join(f"{line(k)}:{line(v)}" for k, v in shared.items()),
            '\n},\n"cases":[\n',
            ",\n".join(line(c) for c in cases),
            "\n]}\n",
        ]
    )
    (Path(folder) / f"{family}.{MODE}.json").write_text(text)
