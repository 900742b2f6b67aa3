"""Family `random`: keys and draws.

A case is {op, key, params, inputs, value}: the two words of the key, then as in record.py; for `key` itself, key is
null. Bits of width 8 and 16 are stored as uint32, of width 64 as uint32 with a last axis of size 2: high word, low
word. Mode x32 has every draw in float32; x64 has those in float64 and those that take other bits when 64-bit types are
on (an integer or a float whose width nobody gave).
"""

import jax.numpy as jnp
import numpy as np
from jax import random

from record import FLOAT, X64, encode

SEEDS = [0, 1, 42, 1701, -1, -2, 2**31 - 1, -(2**31)] + ([2**32 + 5, 2**40 + 7, -(2**31) - 100] if X64 else [])
NAME = FLOAT.name


def draw(op, seed, f, params=None, inputs=()):
    key = random.key(seed)
    inputs = [jnp.asarray(x) for x in inputs]
    return {
        "op": op,
        "key": [int(word) for word in random.key_data(key)],
        "params": params or {},
        "inputs": [encode(x) for x in inputs],
        "value": encode(f(key, *inputs)),
    }


def keys():
    for seed in SEEDS:
        value = encode(random.key_data(random.key(seed)))
        yield {"op": "key", "key": None, "params": {"seed": seed}, "inputs": [], "value": value}
        for shape in (2, 3, 5, (2, 2), 0):
            yield draw("split", seed, lambda k: random.key_data(random.split(k, shape)), {"shape": shape})
        for data in (0, 1, 4, 123456789, 2**31, 2**32 - 1):
            f = lambda k: random.key_data(random.fold_in(k, np.uint32(data)))
            yield draw("foldIn", seed, f, {"data": data})


def words(bits, width):
    """As uint32: the high and the low word of a 64-bit number."""
    if width < 64:
        return np.asarray(bits).astype(np.uint32)
    wide = np.asarray(bits)
    return np.stack([wide >> np.uint64(32), wide & np.uint64(0xFFFFFFFF)], -1).astype(np.uint32)


def bits():
    for width in (64,) if X64 else (8, 16, 32):
        for seed in (0, 42, -1):
            for shape in [(), (0,), (7,), (2, 3)] + ([(1000,)] if seed == 42 else []):
                f = lambda k: words(random.bits(k, shape, f"uint{width}"), width)
                yield draw("bits", seed, f, {"shape": shape, "width": width})


def floats():
    float_draw = lambda op, seed, f, **params: draw(op, seed, f, {**params, "dtype": NAME})
    shapes = [(), (0,), (5,), (2, 3)]
    for seed in (0, 42, 1701):
        for shape in shapes + ([(1000,)] if seed == 42 else []):
            yield float_draw("uniform", seed, lambda k: random.uniform(k, shape, FLOAT), shape=shape, min=0, max=1)
        for low, high in [(-2, 3), (0.1, 0.7), (-1e6, 1e6), (5, 5), (3, -2)]:
            f = lambda k: random.uniform(k, (50,), FLOAT, low, high)
            yield float_draw("uniform", seed, f, shape=(50,), min=low, max=high)
        for shape in shapes + ([(1000,) if X64 else (4000,)] if seed == 1701 else []):
            yield float_draw("normal", seed, lambda k: random.normal(k, shape, FLOAT), shape=shape)
    others = {
        "exponential": random.exponential,
        "gumbel": random.gumbel,
        "laplace": random.laplace,
        "logistic": random.logistic,
        "cauchy": random.cauchy,
    }
    for op, f in others.items():
        for seed in (0, 42):
            for shape in [(), (200,), (2, 3)]:
                yield float_draw(op, seed, lambda k: f(k, shape, FLOAT), shape=shape)
    for low, high in [(-1, 2), (0.5, 4), (-np.inf, 0), (-3, -2)]:
        finite = lambda v: v if np.isfinite(v) else str(v)
        f = lambda k: random.truncated_normal(k, low, high, (100,), FLOAT)
        yield float_draw("truncatedNormal", 0, f, shape=(100,), lower=finite(low), upper=finite(high))


def discrete():
    probabilities = np.array([0.1, 0.5, 0.9, 0, 1], FLOAT)
    weights = np.array([0.1, 0.2, 0.3, 0.25, 0.15], FLOAT)
    logits = np.array([[0, 1, 2, -1], [3, 3, -np.inf, 0]], FLOAT)
    items = np.arange(12, dtype=FLOAT).reshape(6, 2)
    for seed in (0, 42):
        for shape in [(), (7,), (500,)]:
            yield draw("bernoulli", seed, lambda k: random.bernoulli(k, 0.3, shape), {"p": 0.3, "shape": shape})
        f = lambda k, p: random.bernoulli(k, p, (40, 5))
        yield draw("bernoulli", seed, f, {"shape": (40, 5)}, [probabilities])
        f = lambda k, x: random.categorical(k, x, 1)
        yield draw("categorical", seed, f, {"axis": 1, "shape": None}, [logits])
        f = lambda k, x: random.categorical(k, x, 0)
        yield draw("categorical", seed, f, {"axis": 0, "shape": None}, [logits])
        f = lambda k, x: random.categorical(k, x, 1, (100, 2))
        yield draw("categorical", seed, f, {"axis": 1, "shape": (100, 2)}, [logits])
        for n in (1, 8, 100) + ((2000,) if seed == 0 and not X64 else ()):
            yield draw("permutation", seed, lambda k: random.permutation(k, n), {"n": n})
        for axis in (0, 1):
            f = lambda k, x: random.permutation(k, x, axis)
            yield draw("permutation", seed, f, {"axis": axis}, [items])
        for n, shape, replace in [(10, (20,), True), (5, (3,), False), (10, (2, 3), False), (10, (), True)]:
            if X64 and replace:
                continue  # int64 draws, a dtype that freegrad does not have
            f = lambda k: random.choice(k, n, shape, replace)
            yield draw("choice", seed, f, {"n": n, "shape": shape, "replace": replace})
        for shape, replace in [((50,), True), ((3,), False), ((5,), False)]:
            f = lambda k, p: random.choice(k, 5, shape, replace, p)
            yield draw("choice", seed, f, {"n": 5, "shape": shape, "replace": replace, "p": True}, [weights])
        f = lambda k, x: random.choice(k, x, (4,), False)
        yield draw("choice", seed, f, {"axis": 0, "shape": (4,), "replace": False}, [items])
        f = lambda k: random.rademacher(k, (40,), "int32")
        yield draw("rademacher", seed, f, {"shape": (40,), "dtype": "int32"})


def integers():
    edge = 2**31
    for dtype, ranges in {
        "int32": [(0, 10), (-5, 5), (-100, 1000), (0, 256), (0, edge - 1), (-edge, edge - 1), (5, 5), (0, 3), (7, 2)],
        "uint32": [(0, 10), (3, 2**32 - 1), (0, 2**16), (2**31, 2**31 + 7)],
    }.items():
        for seed in (0, 42):
            for low, high in ranges:
                ends = [np.array(end, dtype) for end in (low, high)]
                f = lambda k: random.randint(k, (30,), *ends, dtype)
                yield draw("randint", seed, f, {"shape": (30,), "min": low, "max": high, "dtype": dtype})
        f = lambda k: random.randint(k, (), 0, 100, dtype)
        yield draw("randint", 0, f, {"shape": (), "min": 0, "max": 100, "dtype": dtype})


def draws():
    yield from keys()
    yield from bits()
    yield from floats()
    yield from discrete()
    if not X64:
        yield from integers()


FAMILIES = {"random": (("x32", "x64"), draws)}
