"""Families `activations` and `nn`: functions of jax.nn element by element, and attention, losses and initializers."""

import jax
import numpy as np
import optax
from jax import nn
from jax import numpy as jnp

from record import FLOAT, X64, case, rational


# --- activations


def points():
    """Kinks, tails, and arguments that are huge but for those whose squares or cubes overflow in JAX's derivatives."""
    state = np.random.RandomState(12)
    exact = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 9, 20, 100, 1000, 1e5, 1e10]
    drawn = np.concatenate([state.uniform(-1, 1, 12), state.normal(0, 3, 12)]).astype(np.float32)
    return np.concatenate([[s * x for x in exact for s in (1, -1)], drawn]).astype(FLOAT)


def activations():
    x = points()
    for name in """relu relu6 elu selu celu gelu silu sigmoid logSigmoid softplus softSign leakyRelu hardTanh hardSigmoid
        hardSilu mish""".split():
        snake = "".join("_" + c.lower() if c.isupper() else c for c in name)
        # Where tanh is near 1, JAX's slopes of it, 1 - tanh^2, have few digits.
        clear = x[(abs(x) < 5) | (abs(x) > 15)] if name in ("gelu", "mish") else x
        yield case(name, getattr(nn, snake), [clear])
    yield case("gelu", lambda x: nn.gelu(x, approximate=False), [x], {"approximate": False})
    for alpha in (0.5, 3.0):
        yield case("elu", lambda x: nn.elu(x, alpha), [x], {"alpha": alpha})
        yield case("celu", lambda x: nn.celu(x, alpha), [x], {"alpha": alpha})
    yield case("leakyRelu", lambda x: nn.leaky_relu(x, 0.25), [x], {"negativeSlope": 0.25})
    kept = x[x > -21]  # below, JAX has no digits left
    yield case("squareplus", nn.squareplus, [kept])
    yield case("squareplus", lambda x: nn.squareplus(x, 0.5), [kept], {"b": 0.5})
    y = np.concatenate([x[1:], x[:1]])
    inside = np.concatenate([x[:1], x + FLOAT.type(1 / 64)])  # where optax takes half of two slopes is no second derivative
    yield case("huberLoss", optax.huber_loss, [inside, np.zeros_like(inside)])
    yield case("huberLoss", lambda x, y: optax.huber_loss(x, y, delta=0.3), [x, y], {"delta": 0.3})
    labels = np.linspace(0, 1, len(x)).astype(FLOAT)
    yield case("sigmoidBinaryCrossEntropy", optax.sigmoid_binary_cross_entropy, [x, labels])
    for name in ("squaredError", "l2Loss", "logCosh"):
        snake = {"squaredError": "squared_error", "l2Loss": "l2_loss", "logCosh": "log_cosh"}[name]
        yield case(name, getattr(optax, snake), [x, y / 2])


# --- rows


def rows():
    x = np.asarray(rational((3, 4), "rows"))
    huge = np.array([[1000, -1000, 0, 999], [1e10, 1e10, -1e10, 0]], FLOAT)
    yield case("glu", nn.glu, [x])
    yield case("glu", lambda x: nn.glu(x, 0), [rational((2, 3), "glu")], {"axis": 0})
    yield case("standardize", nn.standardize, [x])
    yield case("standardize", lambda x: nn.standardize(x, axis=(0, 1), epsilon=0.5), [x], {"axis": (0, 1), "epsilon": 0.5})
    given = lambda x, m, v: nn.standardize(x, 0, m, v)
    yield case("standardizeBy", given, [x, rational((4,), "m"), np.abs(rational((4,), "v"))])
    indices = jnp.asarray([[0, 2, 5], [-1, 1, 3]], jnp.int32)
    yield case("oneHot", lambda i: nn.one_hot(i, 4), [indices], {"classes": 4, "dtype": FLOAT.name})
    yield case("oneHot", lambda i: nn.one_hot(i, 3, axis=0), [indices], {"classes": 3, "axis": 0, "dtype": FLOAT.name})
    labels = nn.softmax(jnp.asarray(rational((3, 4), "labels")))
    yield case("softmaxCrossEntropy", optax.softmax_cross_entropy, [x, labels])
    yield case("softmaxCrossEntropy", lambda x, y: optax.softmax_cross_entropy(x, y, 0), [x, labels], {"axis": 0})
    integer = optax.softmax_cross_entropy_with_integer_labels
    name = "softmaxCrossEntropyWithIntegerLabels"
    yield case(name, integer, [x, jnp.asarray([3, 0, 1], jnp.int32)])
    yield case(name, integer, [huge, jnp.asarray([3, 0], jnp.int32)])
    yield case(name, lambda x, y: integer(x, y, 0), [x, jnp.asarray([2, 0, 1, 1], jnp.int32)], {"axis": 0})


def attention():
    """JAX takes the softmax in float32 whatever the dtype, and so only mode x32 is recorded."""
    q, k, v = (rational((2, 3, 4, 2), "q") / 4, rational((2, 5, 4, 2), "k") / 4, rational((2, 5, 4, 2), "v"))
    attend = lambda **options: lambda *xs: nn.dot_product_attention(*xs, **options)
    yield case("attention", attend(), [q, k, v])
    yield case("attention", attend(), [q[0], k[0], v[0]])
    yield case("attention", attend(is_causal=True, scale=0.75), [q, k, v], {"isCausal": True, "scale": 0.75})
    yield case("attention", attend(is_causal=True), [q, k[:, :, :2], v[:, :, :2]], {"isCausal": True})
    mask = jnp.asarray(np.random.RandomState(5).rand(1, 4, 3, 5) < 0.6).at[0, 0, 0].set(False)
    masked = lambda q, k, v, mask: nn.dot_product_attention(q, k, v, mask=mask)
    yield case("attention", masked, [q, k, v, mask], {"masked": True})
    biased = lambda q, k, v, bias: nn.dot_product_attention(q, k, v, bias=bias)
    yield case("attention", biased, [q, k, v, rational((1, 1, 3, 5), "bias")], {"biased": True})


def initializers():
    key = jax.random.key_data(jax.random.key(7))
    draw = lambda name, make, shape, params={}: case(
        name, lambda k: make(k, shape, FLOAT), [key], {"shape": shape, "dtype": FLOAT.name, **params}, order=0
    )
    i = nn.initializers
    yield draw("zeros", i.zeros, (2, 3))
    yield draw("ones", i.ones, (4,))
    yield draw("uniform", i.uniform(), (5, 3))
    yield draw("uniform", i.uniform(2.5), (7,), {"scale": 2.5})
    yield draw("normal", i.normal(), (5, 3))
    yield draw("normal", i.normal(0.25), (7,), {"stddev": 0.25})
    for name, make in {
        "glorotUniform": i.glorot_uniform,
        "glorotNormal": i.glorot_normal,
        "heUniform": i.he_uniform,
        "heNormal": i.he_normal,
        "lecunUniform": i.lecun_uniform,
        "lecunNormal": i.lecun_normal,
    }.items():
        yield draw(name, make(), (6, 11))
        yield draw(name, make(0, (1, 2), 3), (2, 3, 5, 7), {"inAxis": 0, "outAxis": (1, 2), "batchAxis": 3})
    for mode in ("fanIn", "fanOut", "fanAvg"):
        for distribution in ("truncatedNormal", "normal", "uniform"):
            snake = {"fanIn": "fan_in", "fanOut": "fan_out", "fanAvg": "fan_avg"}[mode]
            make = i.variance_scaling(0.3, snake, distribution.replace("dN", "d_n"))
            yield draw("varianceScaling", make, (2, 3, 5), {"scale": 0.3, "mode": mode, "distribution": distribution})


def functions():
    yield from rows()
    yield from initializers()
    if not X64:
        yield from attention()


FAMILIES = {"activations": (("x32", "x64"), activations), "nn": (("x32", "x64"), functions)}
