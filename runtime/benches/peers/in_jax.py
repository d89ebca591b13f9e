"""The cases of ../beside.py in JAX, compiled: python in_jax.py CASE WAY LENGTH [SEED].

The words of a way: mixed functions by `where` or `stack`; and of a single layer whether its backward pass gets what the forward pass has
kept (`keep`) or computes it `again`. Maps of networks are channels last, as its convolutions like them.
"""
import math
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(os.environ["OMP_NUM_THREADS"])])  # as many threads as processors
import jax
import numpy
from jax import lax, nn, numpy as np
from shared import NETS, report

jax.config.update("jax_default_prng_impl", "unsafe_rbg")  # the quickest
draws = numpy.random.default_rng(int(sys.argv[4]) if len(sys.argv) > 4 else 1)


def normal(*shape):
    return np.asarray(draws.standard_normal(shape, "float32"))


def mixed(x, way, axis=-1):
    """swish(7.5) on even channels, ptanh(1) on odd ones."""
    swish, ptanh = lambda x: x * nn.sigmoid(7.5 * x), lambda x: (np.tanh(x) + np.tanh(1.0 * x)) / 2
    x = np.moveaxis(x, axis, -1)
    if "stack" in way:
        y = np.stack([swish(x[..., 0::2]), ptanh(x[..., 1::2])], -1).reshape(x.shape)
    else:
        y = np.where(np.arange(x.shape[-1]) % 2 == 0, swish(x), ptanh(x))
    return np.moveaxis(y, -1, axis)


def window(x):
    """Excitator, windows of 2x2: what is positive lifts those that are not, and those weaken it."""
    n, c, h, w = x.shape
    corners = [x.reshape(n, c, h // 2, 2, w // 2, 2)[:, :, :, i, :, j] for i in (0, 1) for j in (0, 1)]
    lift, silent = sum(0.25 * nn.relu(corner) for corner in corners), sum((corner <= 0).astype(x.dtype) for corner in corners)
    a, b, c, d = (nn.relu(np.where(corner <= 0, corner + lift, corner * (1 - 0.125 * silent))) for corner in corners)
    return np.stack([np.stack([a, b], -1), np.stack([c, d], -1)], 3).reshape(x.shape)


def weights(*shape):
    """Of a layer whose last two numbers are the values that go in and come out."""
    return normal(*shape) * 0.05, normal(shape[-1]) * 0.05


def dense(w, x, key=None):
    return x.reshape(len(x), -1) @ w[0] + w[1]


def conv(w, x, key=None):
    return lax.conv_general_dilated(x, w[0], (1, 1), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC")) + w[1]


def pool(w, x, key):
    """The largest of each 2x2. With a reshape the gradient is much quicker than with a window that slides."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def seven(w, x, key):
    """The average from 8x8 to 7x7."""
    x = (x[:, :-1] + x[:, 1:]) / 2
    return (x[:, :, :-1] + x[:, :, 1:]) / 2


def drop(w, x, key):
    return np.where(jax.random.bernoulli(key, 0.5, x.shape), 2 * x, 0)


def inner(w, x, key=None):
    """A learned function of two neighbouring channels, 2-64-64-1 with ReLU: the same for all pairs and places."""
    n, c, *places = x.shape
    pairs = np.moveaxis(x.reshape(n, c // 2, 2, *places), 2, -1).reshape(-1, 2)
    return dense(w[2], nn.relu(dense(w[1], nn.relu(dense(w[0], pairs))))).reshape(n, c // 2, *places)


def diversity(w, x, key):
    """Two learned types, a half of the units each: sin(x) + 0.2 g(x), where g is 1-50-1 with tanh. Then noise, one draw a unit."""
    into, lift, out, end = w
    g = (np.tanh(x.reshape(-1, 2, 50, 1) * into + lift) * out).sum(-1) + end
    return np.sin(x) + 0.2 * g.reshape(x.shape) + jax.random.uniform(key, x.shape[1:], minval=-0.1, maxval=0.1)


def network(net, cells, way):
    """What a sample looks like, the weights by layer (a learned function's are shared), and a function of them, input and random key."""
    x, given, layers = jax.ShapeDtypeStruct((2, *net.shape[1:], net.shape[0]), "float32"), {}, []
    act = lambda w, x, key: nn.relu(x) if cells == "relu" else mixed(x, way)
    norm = lambda w, x, key: nn.standardize(x, epsilon=1e-5)
    shape, known = x.shape[1:], globals() | {"act": act, "norm": norm}
    for name, *width in map(str.split, net.layers.split(", ")):
        place = name if name in ("inner", "diversity") else str(len(layers))
        fresh = {
            "dense": lambda: weights(math.prod(x.shape[1:]), int(*width)),
            "conv": lambda: weights(3, 3, x.shape[-1], int(*width)),
            "inner": lambda: [weights(2, 64), weights(64, 64), weights(64, 1)],
            "diversity": lambda: [normal(2, 1, 50), normal(2, 1, 50), normal(2, 1, 50), normal(2, 1)],
        }.get(name, list)
        if place not in given:
            given[place] = fresh()
        layers.append((known[name], place))
        x = jax.eval_shape(known[name], given[place], x, jax.random.key(0))

    def run(given, x, key):
        for (layer, place), key in zip(layers, jax.random.split(key, len(layers))):
            x = layer(given[place], x, key)
        return x

    return shape, given, run


def train(name, cells, batch, way):
    """A step of training on one batch: one program, in which weights and Adam's memory stay where they are."""
    shape, given, run = network(NETS[name], cells, way)
    assert sum(w.size for w in jax.tree.leaves(given)) == NETS[name].params
    x, labels = normal(int(batch), *shape), np.asarray(draws.integers(10, size=int(batch)))

    def loss(given, key, x, labels):
        return -np.take_along_axis(nn.log_softmax(run(given, x, key)), labels[:, None], 1).mean()

    def step(state, x, labels):
        given, first, second, key, time = state
        key, now = jax.random.split(key)
        value, slopes = jax.value_and_grad(loss)(given, now, x, labels)
        time, each = time + 1, jax.tree.map
        first = each(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = each(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
        rate, share = 1e-3 / (1 - 0.9**time), 1 - 0.999**time
        given = each(lambda w, m, v: w - rate * m / (np.sqrt(v / share) + 1e-8), given, first, second)
        return (given, first, second, key, time), value

    step = jax.jit(step, donate_argnums=0)
    state = given, *(jax.tree.map(np.zeros_like, given) for _ in range(2)), jax.random.key(1), np.float32(0)

    def once():
        nonlocal state
        state, value = step(state, x, labels)
        return value.block_until_ready()

    return once


def part(name, shape, passes, way):
    """One layer: its answer, and with `both`, in a second program, the gradients of its input and weights too."""
    x, w = normal(*map(int, shape.split("x"))), []
    if name == "conv":
        x, w, layer = np.moveaxis(x, 1, -1), weights(3, 3, 128, 256), conv
    elif name == "inner":
        w, layer = [weights(2, 64), weights(64, 64), weights(64, 1)], inner
    else:
        layer = (lambda w, x: mixed(x, way, 1)) if name == "mixed" else lambda w, x: window(x)
    forward, upstream = jax.jit(layer), normal(*jax.eval_shape(layer, w, x).shape)
    if passes == "forward":
        return lambda: forward(w, x).block_until_ready()
    if "keep" in way:
        forward, backward = jax.jit(lambda w, x: jax.vjp(layer, w, x)), jax.jit(lambda back, upstream: back(upstream))
    else:
        backward = jax.jit(lambda given, upstream: jax.vjp(layer, *given)[1](upstream))

    def both():
        y = forward(w, x)
        y, kept = y if "keep" in way else (y, (w, x))
        return jax.block_until_ready((y, backward(kept, upstream)))

    return both


def main(case, way, length, seed="1"):
    kind, *of = case.split()
    report({"train": train, "part": part}[kind](*of, way.split()), length)


if __name__ == "__main__":
    main(*sys.argv[1:])
