"""Family `fourier`: Fourier transforms of real and complex numbers."""

import jax.numpy as jnp

from record import COMPLEX, case, rational

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


REAL = ("rfft", "ihfft", "rfftn", "rfft2")


def call(op, params):
    return lambda x: getattr(jnp.fft, op)(x, **params)


def fourier():
    for op, shape, params in ONE + SEVERAL:
        x = rational(shape, op, None if op in REAL else COMPLEX)
        yield case(f"fft.{op}", call(op, params), [x], params)
    yield case("fft.fft", call("fft", {}), [rational((6,), "real numbers")])


FAMILIES = {"fourier": (("x32", "x64"), fourier)}
