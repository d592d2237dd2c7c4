"""What cells are trained for: patterns that repeat, of cells that differ. Soft to descend, hard to report."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from entropylab.numerics.discrete.relaxations import sigmoid_step
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums

GRADIENTS = ("pathwise", "straight-through", "score function")


def binary_entropy(p):
    """-p log p - (1-p) log(1-p) in nats, with slope 0 (not infinite) at 0 and 1."""
    end = (p == 0) | (p == 1)
    safe = jnp.where(end, 0.5, p)
    return jnp.where(end, 0.0, -safe * jnp.log(safe) - (1 - safe) * jnp.log1p(-safe))


def reproducibility(patterns, bandwidth):
    """Soft reproducibility entropy in nats of soft patterns (n, d): `soft_match` after its sigmoid."""
    return jnp.log(patterns.shape[0]) - log_kernel_sums(patterns, 1 / (2 * bandwidth**2)).mean()


def objective(patterns, bandwidth, diversity, binariser):
    """Loss in nats per cell: S_rep - diversity S_pat + binariser (mean entropy of a cell).

    S_pat, the patterning entropy, is the entropy of the fates pooled over runs and cells. With diversity 1 it is
    -U, the utility of Brueckner and Tkacik (2024), softened.
    """
    pooled, undecided = binary_entropy(patterns.mean()), binary_entropy(patterns).mean()
    return reproducibility(patterns, bandwidth) / patterns.shape[1] - diversity * pooled + binariser * undecided


def loss(states, key, temperature, bandwidth, diversity, binariser, gradient: str):
    """The objective of final states (n, d), differentiable in them as `gradient` says.

    "pathwise": of the soft patterns sigma(T (s - 1/2)), the exact gradient of a biased value. "straight-through":
    of the hard patterns, with the gradient of soft ones. "score function": of patterns drawn with the soft ones as
    probabilities; unbiased for their hard loss, and noisy.
    """
    soft = sigmoid_step(states, temperature)
    if gradient == "pathwise":
        return objective(soft, bandwidth, diversity, binariser)
    if gradient == "straight-through":
        hard = soft + lax.stop_gradient((states >= 0.5) - soft)
        return objective(hard, bandwidth, diversity, binariser)
    if gradient != "score function":
        raise ValueError(f"gradient must be one of {', '.join(GRADIENTS)}: got {gradient!r}.")
    drawn = jax.random.bernoulli(key, lax.stop_gradient(soft)).astype(soft.dtype)
    logits = temperature * (states - 0.5)
    chance = (drawn * jax.nn.log_sigmoid(logits) + (1 - drawn) * jax.nn.log_sigmoid(-logits)).sum(1)
    value, credit = _leave_one_out_advantages(drawn, diversity)
    surrogate = (lax.stop_gradient(credit) * chance).sum()
    binarised = binariser * binary_entropy(soft).mean()
    return value + surrogate - lax.stop_gradient(surrogate) + binarised


def _leave_one_out_advantages(bits, diversity):
    """The hard objective of bits (n, d), and for every run how much it is above that of the others alone.

    The loss without run i does not depend on what run i drew, so it may be taken off without bias.
    """
    n, d = bits.shape
    signs = 2 * bits - 1
    counts = (signs @ signs.T > d - 1).sum(1).astype(bits.dtype)
    log = lambda count: jnp.log(jnp.maximum(count, 1))  # noqa: E731
    total = log(counts).sum()  # sum over runs of log C_i = sum over patterns of C log C
    entropy = jnp.log(n) - total / n
    others = total - counts * log(counts) + (counts - 1) * log(counts - 1)
    without = jnp.log(n - 1) - others / (n - 1)
    ones = bits.sum()
    pooled = binary_entropy(ones / (n * d))
    pooled_without = binary_entropy((ones - bits.sum(1)) / ((n - 1) * d))
    value = entropy / d - diversity * pooled
    return value, value - (without / d - diversity * pooled_without)
