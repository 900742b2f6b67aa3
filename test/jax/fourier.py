"""Family `fourier`: Fourier transforms of real and complex numbers, whose parts are a new axis 0 of operand and result."""

import jax.numpy as jnp

from record import case, rational

ONE = [
    ("fft", (8,), {}),
    ("fft", (7,), {}),
    ("fft", (2, 12), {"norm": "ortho"}),
    ("fft", (6, 3), {"axis": 0, "norm": "forward"}),
    ("fft", (5,), {"n": 8}),
    ("fft", (9,), {"n": 6}),
    ("ifft", (8,), {}),
    ("ifft", (2, 15), {"norm": "ortho"}),
    ("ifft", (3, 4), {"axis": 0, "n": 5, "norm": "forward"}),
    ("rfft", (8,), {}),
    ("rfft", (2, 9), {"norm": "ortho"}),
    ("rfft", (6, 2), {"axis": 0, "n": 4}),
    ("irfft", (5,), {}),
    ("irfft", (2, 5), {"n": 9, "norm": "ortho"}),
    ("irfft", (4, 2), {"axis": 0, "n": 10, "norm": "forward"}),
    ("hfft", (5,), {}),
    ("hfft", (4,), {"n": 7, "norm": "ortho"}),
    ("ihfft", (8,), {}),
    ("ihfft", (7,), {"norm": "forward"}),
]
SEVERAL = [
    ("fftn", (2, 3, 4), {}),
    ("fftn", (2, 3, 4), {"axes": [0, 2], "norm": "ortho"}),
    ("ifftn", (3, 4), {"s": [4, 3]}),
    ("rfftn", (2, 3, 4), {}),
    ("rfftn", (3, 5), {"axes": [1, 0]}),
    ("irfftn", (2, 3, 4), {}),
    ("irfftn", (3, 3), {"s": [4, 5], "norm": "forward"}),
    ("fft2", (2, 3, 4), {}),
    ("ifft2", (2, 3, 4), {"norm": "ortho"}),
    ("rfft2", (2, 4, 5), {}),
    ("irfft2", (2, 4, 3), {"s": [4, 5]}),
]


def call(op, params):
    """The transform as a function of real arrays: JAX has derivatives of complex numbers by conventions of its own."""
    f = getattr(jnp.fft, op)

    def g(x):
        y = f(x if op in ("rfft", "ihfft", "rfftn", "rfft2") else x[0] + 1j * x[1], **params)
        return jnp.stack([y.real, y.imag]) if jnp.iscomplexobj(y) else y

    return g


def fourier():
    for op, shape, params in ONE + SEVERAL:
        is_real = op in ("rfft", "ihfft", "rfftn", "rfft2")
        x = rational(shape if is_real else (2, *shape), op)
        yield case(f"fft.{op}", call(op, params), [x], params)


FAMILIES = {"fourier": (("x32", "x64"), fourier)}
