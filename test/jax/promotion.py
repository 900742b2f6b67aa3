"""Family `promotion`: the dtype of a binary operation on each pair of dtypes and Python scalars.

A case is {op, left, right, dtype, weak}: left and right are a dtype or "python bool", "python int", "python float",
"python complex";
dtype is the result's name, which may be one that freegrad does not have (int64, uint64), or null where JAX refuses.
Mode x32 has no float64, and its integers stay at 32 bits: int32 and uint32 meet in int32 there, in int64 in mode x64.
"""

import jax.numpy as jnp

from record import DTYPES, X64


def promotion():
    operands = {dtype: jnp.ones((2,), dtype) for dtype in DTYPES if X64 or dtype not in ("float64", "complex128")}
    operands.update({"python bool": True, "python int": 1, "python float": 1.0, "python complex": 1j})
    operations = {
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "pow": jnp.power,
        "max": jnp.maximum,
        "eq": jnp.equal,
        "select": lambda x, y: jnp.where(jnp.array([True, False]), x, y),
    }
    for op, f in operations.items():
        for left, x in operands.items():
            for right, y in operands.items():
                try:
                    result = f(x, y)
                    answer = {"dtype": result.dtype.name, "weak": bool(result.weak_type)}
                except TypeError:
                    answer = {"dtype": None, "weak": False}
                yield {"op": op, "left": left, "right": right, **answer}


FAMILIES = {"promotion": (("x32", "x64"), promotion)}
