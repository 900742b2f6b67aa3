"""The Fourier transforms with NumPy. Reads lines `numbers NAME` and `time NAME SECONDS`, answers each with a line of JSON."""

import numpy as np
from protocol import answer, numbers


def fourier(n):
    def make():
        x = numbers(2 * n, 47).astype(np.float64).view(np.complex128)
        return lambda: [np.fft.fft(x).view(np.float64)]

    return make


answer({f"fft{n}": fourier(n) for n in (1024, 65536, 1048576, 10007)})
