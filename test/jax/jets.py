"""Family `jets`: Taylor mode. A case has the point and the derivatives of a path through it; its value is the value of the
function and the derivatives of that, in a row."""

import numpy as np
from jax import lax, nn
from jax import numpy as jnp
from jax.experimental.jet import jet

from record import FLOAT, case, rational

BODIES = {
    "exp": jnp.exp,
    "expm1": jnp.expm1,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "sqrt": jnp.sqrt,
    "rsqrt": lax.rsqrt,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "asinh": jnp.arcsinh,
    "logistic": nn.sigmoid,
    "erf": lax.erf,
    "reciprocal": lambda x: 1 / x,
    "cube": lambda x: x**3,
    "power": lambda x: x**2.5,
    "quotient": lambda x: (1 + x * x) / (2 + jnp.sin(x)),
    "chain": lambda x: jnp.sin(jnp.exp(jnp.tanh(jnp.cos(x)))),
    "sorted": lambda x: jnp.cumsum(jnp.max(x) * x),
}


def net(x, w):
    return jnp.sum(jnp.tanh(w @ jnp.sin(w @ x)) ** 2)


def jets():
    for body, f in BODIES.items():
        x = np.abs(rational((3,), "x")) / 8 + FLOAT.type(0.1)
        for order in (1, 2, 6):
            terms = [rational((3,), f"term {k}") / 4 for k in range(order)]
            yield recorded(body, f, order, [x], [terms])
    x, w = rational((3,), "x"), rational((3, 3), "w") / 4
    series = [[rational(v.shape, f"{name} {k}") / 4 for k in range(4)] for name, v in (("x", x), ("w", w))]
    yield recorded("net", net, 4, [x, w], series)


def recorded(body, f, order, xs, series):
    def flat(*given):
        n = len(xs)
        terms = [list(given[n + i * order : n + (i + 1) * order]) for i in range(n)]
        y, ys = jet(f, tuple(given[:n]), tuple(terms))
        return jnp.concatenate([jnp.ravel(v) for v in [y, *ys]])

    inputs = [*xs, *[term for terms in series for term in terms]]
    return case("jet", flat, inputs, {"body": body, "order": order, "count": len(xs)}, order=0)


FAMILIES = {"jets": (("x32", "x64"), jets)}
