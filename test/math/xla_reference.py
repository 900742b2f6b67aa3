"""Prints the JAX values that test/math/xla.test.ts pins: run with JAX 0.10.2 on an x86-64 CPU with fused multiply-add.

`python -m venv env && env/bin/pip install jax==0.10.2 && env/bin/python test/math/xla_reference.py`
"""

import functools

import jax
import numpy as np

jax.config.update('jax_enable_x64', True)


def digest(values):
    """A 32-bit polynomial hash of the bits of an array, first element first."""
    bits = np.asarray(values).view(np.uint32).ravel().tolist()
    return f'{functools.reduce(lambda h, b: (h * 31 + b) % 2**32, bits, 0):08x}'


grid = np.arange(100_000)
normal32 = jax.random.normal(jax.random.key(3), (100_000,), np.float32)
print('normal float32, key 3:', digest(normal32))
print('log float32 of (i + 1)/4096:', digest(jax.jit(jax.lax.log)(((grid + 1) / 4096).astype(np.float32))))
print('log1p float32 of i/50000 - 0.99:', digest(jax.jit(jax.lax.log1p)((grid / 50_000 - 0.99).astype(np.float32))))
print('erf_inv float32 of i/50000 - 1:', digest(jax.jit(jax.lax.erf_inv)((grid / 50_000 - 1).astype(np.float32))))
ends = np.sort(np.concatenate([np.linspace(-0.999, 0.999, 40), 1 - 2.0 ** -np.arange(10, 54, 2)]))
print('erf_inv float64:')
for x, y in zip(ends.tolist(), np.asarray(jax.jit(jax.lax.erf_inv)(ends)).tolist()):
    print(f"  '{x!r} {y!r}',")
