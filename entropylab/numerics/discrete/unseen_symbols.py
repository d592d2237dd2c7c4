"""Symbols that a sample has not shown: how many there are at least, and how many there may be."""

from __future__ import annotations

import math

from entropylab.numerics.discrete.counts import Counts


def unseen_symbols(c: Counts) -> float:
    """Chao's estimate of the number of symbols not observed, from those seen once and twice: a lower bound.

    (n - 1) / n f_1^2 / (2 f_2), and (n - 1) / n f_1 (f_1 - 1) / 2 where none was seen twice.
    Source: Chao, Scand. J. Stat. 11 (1984).
    """
    once, twice = _rare(c)
    share = (c.total - 1) / c.total
    return share * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)


def largest_support(c: Counts) -> int:
    """The upper end of the 95 % interval of seen and unseen symbols, at least the support of `c`.

    The number of unseen symbols is taken as log-normal. Source: Chao, Biometrics 43 (1987), equation 14.
    """
    once, twice = _rare(c)
    unseen = unseen_symbols(c)
    if unseen == 0:
        return c.support
    a, seen = (c.total - 1) / c.total, len(c.seen)
    if twice:
        r = once / twice
        variance = twice * (a / 2 * r**2 + a**2 * r**3 + a**2 / 4 * r**4)
    else:
        variance = a * once * (once - 1) / 2 + a**2 * once * (2 * once - 1) ** 2 / 4
        variance -= a**2 * once**4 / (4 * (seen + unseen))
    factor = math.exp(1.96 * math.sqrt(math.log1p(max(variance, 0.0) / unseen**2)))
    return max(c.support, seen + math.ceil(unseen * factor))


def _rare(c: Counts) -> tuple[int, int]:
    return int((c.seen == 1).sum()), int((c.seen == 2).sum())
