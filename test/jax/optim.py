"""Family `optim`: what optax makes of gradients in some steps, as functions of where they start and of what they go to.

All of it is recorded in mode x64, of float32 and float64: there optax corrects means that began at 0 in float64 whatever
the dtype of the gradients, as freegrad does. In mode x32 it has no more than float32 for that. Its schedules make float32
of an int32, and are therefore given counts of another dtype.
"""

import jax
import optax
from jax import numpy as jnp

from record import FLOAT, case, rational

STEPS = 4


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def options(params):
    return {snake(name): value for name, value in params.items() if name not in ("mask", "clip", "schedule")}


def matrices(params):
    """Which leaves decay: those with more than one axis."""
    return jax.tree.map(lambda p: p.ndim > 1, params)


def optimizer(name, params):
    given = options(params)
    if params.get("mask"):
        given["mask"] = matrices
    warmup = optax.warmup_cosine_decay_schedule(0.1, 0.5, 2, 6)
    rate = (lambda count: warmup(count.astype(FLOAT))) if params.get("schedule") else 0.25
    if name == "momentum":
        given["momentum"] = given.pop("decay", 0.9)
    found = getattr(optax, "sgd" if name == "momentum" else name)(rate, **given)
    clips = {"element": optax.clip(0.25), "norm": optax.clip_by_global_norm(0.5)}
    return optax.chain(clips[params["clip"]], found) if "clip" in params else found


def training(name, params):
    """The parameters after each step, where the gradient is the distance from a target in some of the elements."""
    found = optimizer(name, params)

    def f(start, targets):
        tree = lambda x: {"a": x[:2], "b": [x[2:].reshape(2, 2)]}
        flat = lambda t: jnp.concatenate([t["a"], t["b"][0].ravel()])
        at, state, path = tree(start), found.init(tree(start)), []
        for target in targets:
            updates, state = found.update(tree((flat(at) - target) * flat(at)), state, at)
            at = optax.apply_updates(at, updates)
            path.append(flat(at))
        return jnp.stack(path)

    return f


def optimizers():
    kinds = [
        ("sgd", {}),
        ("sgd", {"momentum": 0.75}),
        ("sgd", {"momentum": 0.75, "nesterov": True}),
        ("momentum", {}),
        ("momentum", {"decay": 0.5, "nesterov": True}),
        ("adam", {}),
        ("adam", {"b1": 0.5, "b2": 0.75, "eps": 0.125, "epsRoot": 0.25}),
        ("adam", {"nesterov": True, "eps": 0.5}),
        ("adamw", {}),
        ("adamw", {"weightDecay": 0.5, "mask": True}),
        ("rmsprop", {}),
        ("rmsprop", {"decay": 0.5, "eps": 0.25, "initialScale": 0.5, "momentum": 0.75, "nesterov": True}),
        ("adagrad", {}),
        ("adagrad", {"initialAccumulatorValue": 0.5, "eps": 0.25}),
        ("lion", {}),
        ("lion", {"b1": 0.5, "b2": 0.75, "weightDecay": 0.25, "mask": True}),
        ("sgd", {"clip": "element"}),
        ("sgd", {"clip": "norm", "momentum": 0.5}),
        ("adam", {"clip": "norm", "schedule": True}),
    ]
    for name, params in kinds:
        for dtype in (jnp.float32, jnp.float64):
            inputs = [rational((6,), "start", dtype) / 4, rational((STEPS, 6), "targets", dtype) / 4]
            yield case(name, training(name, params), inputs, params)


def schedules():
    counts = jnp.asarray([0, 1, 2, 3, 5, 8, 10, 11, 25, 1000], FLOAT)
    at = lambda schedule: jax.vmap(schedule)(counts)
    x, y = 2.0, 0.5
    kinds = [
        ("linear", {"steps": 10}, optax.linear_schedule),
        ("linear", {"steps": 5, "begin": 3}, optax.linear_schedule),
        ("polynomial", {"steps": 8, "power": 2, "begin": 1}, optax.polynomial_schedule),
        ("polynomial", {"steps": 20, "power": 0.5}, optax.polynomial_schedule),
    ]
    for name, params, make in kinds:
        named = {"transition_steps": params["steps"], "transition_begin": params.get("begin", 0)}
        if "power" in params:
            named["power"] = params["power"]
        yield case(name, lambda s, e: at(make(init_value=s, end_value=e, **named)), [x, y], params)
    for params in [{}, {"begin": 2}, {"staircase": True}, {"end": 0.75}, {"begin": 3, "staircase": True, "end": 1.0}]:
        f = lambda s, p: at(optax.exponential_decay(s, 5, y, params.get("begin", 0), "staircase" in params, p))
        g = lambda s: at(optax.exponential_decay(s, 5, y, params.get("begin", 0), "staircase" in params))
        end = params.get("end")
        yield case("exponentialDecay", g if end is None else f, [x] if end is None else [x, end], params)
    yield case("exponentialDecay", lambda s: at(optax.exponential_decay(s, 5, 1.5, end_value=3.0)), [x], {"grows": True})
    for params in [{}, {"exponent": 2.0}]:
        power = params.get("exponent", 1.0)
        f = lambda s, a: at(optax.cosine_decay_schedule(s, 10, a, power))
        yield case("cosineDecay", f, [x, 0.125], params)
        f = lambda s: at(optax.warmup_cosine_decay_schedule(s, 3.0, 3, 11, 0.25, power))
        yield case("warmupCosine", f, [x], params)
    yield case("piecewiseConstant", lambda s: at(optax.piecewise_constant_schedule(s, {2: 0.5, 8: 0.25})), [x])
    joined = lambda s, e: optax.join_schedules(
        [optax.constant_schedule(s), optax.linear_schedule(s, e, 4), optax.cosine_decay_schedule(e, 8)], [2, 8]
    )
    yield case("joinSchedules", lambda s, e: at(joined(s, e)), [x, y])


def optim():
    yield from optimizers()
    yield from schedules()


FAMILIES = {"optim": (("x64",), optim)}
