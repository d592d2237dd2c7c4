"""EntropyNet: a small network that moves the points of a set so that the entropy of its partition falls.

Point by point 64-128-256, a maximum over the points, and from both an output layer of 128 that gives every point a
displacement. The last layer starts at 0, so training starts at the identity. Source: Shihab et al. (2025), section 4.2,
tables 11 and 17.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Float

from entropylab.numerics.discrete.simplex import entropy

RATE, DECAY = 1e-3, 1e-4  # tables 11 and 17
WIDTHS, OUTPUT = (64, 128, 256), 128
BLOCK = 4096  # points at a time


class EntropyNet(NamedTuple):
    """Weights and biases of the point layers, then of the output layers: the first of these takes points and set."""

    point: tuple[tuple[Array, Array], ...]
    of_point: Array
    of_set: Array
    hidden: Array
    out: Array
    last: Array


class Partition(NamedTuple):
    """What the entropy is taken over: anchors (k, d) and nothing, or normals (m, d) and offsets (m,)."""

    first: Array
    second: Array


class Terms(NamedTuple):
    """Parts of the loss, each a mean over sets: squared lengths, nats, squared lengths."""

    chamfer: Array
    entropy: Array
    stability: Array


class Weights(NamedTuple):
    """What the parts of the loss count: 1, lambda and mu in the source."""

    chamfer: float
    entropy: float
    stability: float


def init(seed: int, d: int) -> EntropyNet:
    """Weights of He's deviation in the hidden layers, 0 in the last: the identity."""
    rng = np.random.default_rng(seed)
    normal = lambda inputs, *shape: (rng.standard_normal(shape) * (2 / inputs) ** 0.5).astype(np.float32)  # noqa: E731
    sizes = (d, *WIDTHS)
    layers = tuple((normal(a, a, b), np.zeros(b, np.float32)) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    both = 2 * WIDTHS[-1]
    return EntropyNet(
        point=layers,
        of_point=normal(both, WIDTHS[-1], OUTPUT),
        of_set=normal(both, WIDTHS[-1], OUTPUT),
        hidden=np.zeros(OUTPUT, np.float32),
        out=np.zeros((OUTPUT, d), np.float32),
        last=np.zeros(d, np.float32),
    )


def apply(net: EntropyNet, points: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """The moved points; their order does not matter to where each of them goes."""
    features = _features(net, points)
    return points + _displacement(net, features, features.max(0))


def _features(net, points):
    features = points
    for weight, bias in net.point:
        features = jax.nn.relu(features @ weight + bias)
    return features


def _displacement(net, features, whole):
    hidden = jax.nn.relu(features @ net.of_point + whole @ net.of_set + net.hidden)
    return hidden @ net.out + net.last


def chamfer_terms(a: Float[Array, "n d"], b: Float[Array, "m d"]) -> Float[Array, ""]:
    """Mean squared distance of the points of `a` to the nearest of `b`, plus that from `b` to `a`."""
    squares = ((a[:, None] - b[None]) ** 2).sum(-1)
    return squares.min(1).mean() + squares.min(0).mean()


def cell_entropy(points: Float[Array, "n d"], cut: Partition, softness, family: str) -> Float[Array, ""]:
    """`ball_partition` or `halfspace_partition` in nats as plain tables: for batches of small sets."""
    if family == "ball":
        shares = jax.nn.softmax(-softness * ((points[:, None] - cut.first) ** 2).sum(-1), axis=1)
    else:
        inside = jax.nn.sigmoid((points @ cut.first.T - cut.second) / softness)
        shares = jnp.ones((len(points), 1), points.dtype)
        for t in range(inside.shape[1]):
            both = jnp.stack([shares * (1 - inside[:, t, None]), shares * inside[:, t, None]], 2)
            shares = both.reshape(len(points), -1)
    return entropy(shares.mean(0))


def terms(net: EntropyNet, cut: Partition, sets: Float[Array, "b n d"], softness, family: str) -> Terms:
    """Every part of the loss on a batch of sets."""

    def one(points):
        moved = apply(net, points)
        return Terms(
            chamfer_terms(points, moved),
            cell_entropy(moved, cut, softness, family),
            ((moved - points) ** 2).sum(1).mean(),
        )

    return Terms(*(part.mean() for part in jax.vmap(one)(sets)))


def optimiser() -> optax.GradientTransformation:
    """AdamW before its rate, which follows the share of steps done along a half cosine."""
    return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(DECAY))


@partial(jax.jit, static_argnames=("batch", "family", "learn"))
def train(
    net: EntropyNet,
    cut: Partition,
    moments,
    sets,
    first,
    steps,
    length,
    weights: Weights,
    softness,
    rate,
    *,
    batch: int,
    family: str,
    learn: bool,
):
    """Network, cut and moments after `steps` (traced) steps from step `first` of `length`, and the last step's terms.

    The sets of a step are the next `batch` of `sets`, round and round. The cut learns along if `learn`.
    """

    def loss(net, cut, chosen):
        parts = terms(net, cut if learn else lax.stop_gradient(cut), chosen, softness, family)
        return sum(weight * part for weight, part in zip(weights, parts, strict=True)), parts

    def step(i, state):
        net, cut, moments, _ = state
        chosen = sets[(i * batch + jnp.arange(batch)) % len(sets)]
        (_, parts), slope = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(net, cut, chosen)
        update, moments = optimiser().update(slope, moments, (net, cut))
        speed = rate * 0.5 * (1 + jnp.cos(jnp.pi * i / length))
        move = lambda w, u: (w - speed * u).astype(w.dtype)  # noqa: E731
        net = jax.tree.map(move, net, update[0])
        return net, jax.tree.map(move, cut, update[1]) if learn else cut, moments, parts

    nothing = Terms(*(jnp.zeros((), sets.dtype) for _ in Terms._fields))
    return lax.fori_loop(first, first + steps, step, (net, cut, moments, nothing))


@jax.jit
def _most(net, points):
    return _features(net, points).max(0)


@jax.jit
def _compiled_displacement(net, points, whole):
    return _displacement(net, _features(net, points), whole)


def displacements(net: EntropyNet, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """How far each point of one large set is moved: in blocks, for the features of a million points are a gigabyte.

    In float32; added to the points themselves, which stay what they are where nothing was learned.
    """
    blocks = [points[start : start + BLOCK].astype(np.float32) for start in range(0, len(points), BLOCK)]
    last = len(blocks[-1])
    if len(blocks) > 1 and last < BLOCK:  # one shape, one program: the last point again moves no maximum
        blocks[-1] = np.concatenate([blocks[-1], np.repeat(blocks[-1][-1:], BLOCK - last, axis=0)])
    whole = np.max([_most(net, block) for block in blocks], axis=0)
    ways = [np.asarray(_compiled_displacement(net, block, whole)) for block in blocks]
    return np.concatenate([*ways[:-1], ways[-1][:last]])


@jax.jit
def displace(net: EntropyNet, sets: Float[Array, "b n d"]) -> Float[Array, "b n d"]:
    """Every set, moved."""
    return jax.vmap(lambda points: apply(net, points))(sets)
