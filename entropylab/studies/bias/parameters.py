"""What is asked about bias: a distribution with known entropy, a sample size, and the estimators to try on it."""

from __future__ import annotations

from dataclasses import dataclass

from entropylab.knobs import BINS, NEIGHBOURS, SEED, Knob, knob
from entropylab.studies.bias.methods import ALL, CONTINUOUS, COUNTED
from entropylab.studies.bias.sources import FAMILIES, is_discrete
from entropylab.studies.core.question import Question

SIZES = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, repr=False)
class Bias(Question):
    """A distribution with known entropy, a sample size, and the estimators to try on it."""

    family: str = knob(Knob("p", "Distribution of the samples; its entropy is known.", "Student 3", stops=FAMILIES))
    dimension: int = knob(
        Knob("d", "Columns of the samples (densities only).", 3, stops=(1, 2, 3, 4, 5, 6, 8, 10, 13, 16))
    )
    support: int = knob(
        Knob("K", "Symbols of the alphabet; for geometric counts the mean count plus one.", 64,
             stops=(2, 4, 8, 16, 32, 64, 128, 256, 512, 1024))
    )  # fmt: skip
    samples: int = knob(Knob("n", "Samples that every estimate is made from.", 500, stops=SIZES))
    replicates: int = knob(
        Knob("R", "Fresh samples over which bias and spread are taken.", 20, stops=(5, 10, 20, 50, 100))
    )
    seed: int = knob(SEED)
    rounding: float = knob(
        Knob("r", "Numbers are rounded to multiples of this, which makes ties; 0 leaves them.", 0.0, 0.0, 1.0)
    )
    scale: float = knob(
        Knob("a", "All samples are multiplied by this: h moves by d log a.", 1.0, 1e-3, 1e3, scale="log")
    )
    estimators: tuple[str, ...] = knob(
        Knob("", "Estimators of differential entropy to compare; spacings take one column only.",
             ("histogram", "KDE", "KDE leave-one-out", "Kozachenko-Leonenko", "Gaussian"), stops=CONTINUOUS)
    )  # fmt: skip
    counters: tuple[str, ...] = knob(
        Knob("", "Estimators of Shannon entropy from counts to compare.",
             ("plug-in", "Miller-Madow", "Chao-Shen", "NSB"), stops=COUNTED)
    )  # fmt: skip
    focus: str = knob(
        Knob("", "The estimator whose own knob and map of bias are shown.", "Kozachenko-Leonenko", stops=CONTINUOUS)
    )
    count_focus: str = knob(
        Knob("", "The estimator from counts whose own knob and map are shown.", "plug-in", stops=COUNTED)
    )
    k: int = knob(NEIGHBOURS)
    bins: int = knob(BINS)
    width: float = knob(
        Knob("w", "Width of the kernel over Scott's rule, n^(-1/(d+4)) deviations.", 1.0, 0.1, 5.0, scale="log")
    )
    draws: float = knob(
        Knob("D", "Draws from the KDE that KDE + histogram bins; the mean is computed, none is drawn.", 1e10, 1e3, 1e12,
             scale="log")
    )  # fmt: skip
    window: int = knob(
        Knob("m", "Spacings reach over m order statistics to each side.", 7, stops=(1, 2, 3, 5, 7, 10, 15, 20, 30, 50))
    )
    beta: float = knob(
        Knob(r"\beta", "LogDet's signal over noise. LogDet is no estimate of h: see how far.", 1.0, 1e-3, 1e6,
             scale="log")
    )  # fmt: skip
    concentration: float = knob(
        Knob(r"\alpha", "Pseudo-counts that Dirichlet's prior adds to every symbol.", 1.0, 1e-3, 10.0, scale="log")
    )
    alphabet_known: bool = knob(
        Knob("", "Tell NSB, James-Stein and Dirichlet how many symbols there are, seen or not.", True)
    )


SOURCE = ("family", "dimension", "support", "samples", "replicates", "seed", "rounding", "scale")
CHOSEN = ("estimators", "counters", "focus", "count_focus")
ESTIMATOR_PARAMETERS = ("k", "bins", "width", "draws", "window", "beta", "concentration", "alphabet_known")


def highlighted_method(knobs) -> str:
    """The estimator looked at closely."""
    return knobs.count_focus if is_discrete(knobs.family) else knobs.focus


def displayed_methods(knobs) -> tuple[str, ...]:
    """The estimators compared: those chosen, and the one looked at closely."""
    chosen = set(knobs.counters if is_discrete(knobs.family) else knobs.estimators) | {highlighted_method(knobs)}
    return tuple(name for name in ALL if name in chosen)


def size_of(knobs) -> int:
    """Dimensions of a density, symbols of an alphabet."""
    return knobs.support if is_discrete(knobs.family) else knobs.dimension
