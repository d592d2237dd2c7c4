"""Real data that come with scikit-learn, as problems without a truth, and what every column means."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from entropylab.problems.problem import Problem, sample_size

__all__ = ["Column", "DataSet", "DATA_SETS", "data_set", "real"]

DATA_SETS = ("iris", "wine", "breast_cancer", "diabetes", "digits", "linnerud")


@dataclass(frozen=True)
class Column:
    """One column: its meaning, its unit ("" for none), its range, and how many distinct values it holds.

    Far fewer distinct values than rows means ties, which a method for densities cannot take at face value.
    """

    name: str
    meaning: str
    unit: str
    low: float
    high: float
    distinct: int


@dataclass(frozen=True)
class DataSet:
    """x (n, d) float64; y (n,) int64 labels or (n, dy) float64; the meaning of their columns; the source."""

    name: str
    about: str
    source: str
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    columns: tuple[Column, ...] = field(repr=False)
    target: tuple[Column, ...] = field(repr=False)
    labels: tuple[str, ...] = ()


@functools.cache
def data_set(name: str) -> DataSet:
    """A data set bundled with scikit-learn, in its raw units, read without a network; arrays are read-only."""
    if name not in DATA_SETS:
        raise ValueError(f"there is no data set {name!r}; choose one of {', '.join(DATA_SETS)}.")
    from sklearn import datasets  # a second of import time that only real data need

    bunch = getattr(datasets, f"load_{name}")(**({"scaled": False} if name == "diabetes" else {}))
    labelled = name not in ("diabetes", "linnerud")
    x = np.array(bunch.data, dtype=np.float64)
    y = np.array(bunch.target, dtype=np.int64 if labelled else np.float64)
    if not labelled and y.ndim == 1:
        y = y[:, None]
    x.flags.writeable = y.flags.writeable = False
    about, source, target = _DESCRIPTIONS[name]
    return DataSet(
        name=name,
        about=about,
        source=source,
        x=x,
        y=y,
        columns=_columns(_COLUMN_DESCRIPTIONS[name](), x),
        target=_columns(target, y.reshape(len(y), -1)),
        labels=tuple(str(label) for label in bunch.target_names) if labelled else (),
    )


def real(name: str) -> Problem:
    """A data set as a problem: `sample(seed, n)` draws n of its rows without replacement; the truth is None.

    `x` against the label, or against the target where that is a number. Errors: ValueError for more rows
    than there are.
    """
    data = data_set(name)
    rows = len(data.x)

    def sample(seed, n):
        if sample_size(n) > rows:
            raise ValueError(f"{name} holds {rows} rows: got n={n}; ask for at most {rows}.")
        chosen = np.random.Generator(np.random.PCG64(seed)).permutation(rows)[:n]
        return data.x[chosen], data.y[chosen]

    labelled = bool(data.labels)
    return Problem(
        name=name,
        quantity="mutual information",
        sample=sample,
        truth=None,
        known_by="not known: real data",
        dimensions=(data.x.shape[1], 0 if labelled else data.y.shape[1]),
        tags=("real", "ties"),
        takes="sample labels" if labelled else "pair",
    )


def _columns(meanings: list[tuple[str, str, str]], values: np.ndarray) -> tuple[Column, ...]:
    return tuple(
        Column(name, meaning, unit, float(column.min()), float(column.max()), len(np.unique(column)))
        for (name, meaning, unit), column in zip(meanings, values.T, strict=True)
    )


def _cells() -> list[tuple[str, str, str]]:
    measured = [
        ("radius", "mean distance from the centre to the outline of the nucleus"),
        ("texture", "standard deviation of the grey values"),
        ("perimeter", "length of the outline"),
        ("area", "area inside the outline"),
        ("smoothness", "local variation of the radius"),
        ("compactness", "perimeter^2 / area - 1"),
        ("concavity", "how deep the hollows of the outline are"),
        ("concave points", "how much of the outline is hollow"),
        ("symmetry", "difference of lengths to both sides of the longest axis"),
        ("fractal dimension", "coastline approximation of the outline, less 1"),
    ]
    kinds = [("mean {}", "mean over nuclei"), ("{} error", "standard error"), ("worst {}", "mean of the three largest")]
    return [(kind.format(name), f"{meaning}; {how}", "") for kind, how in kinds for name, meaning in measured]


_COLUMN_DESCRIPTIONS = {
    "iris": lambda: [
        ("sepal length", "length of the outer leaf of the flower", "cm"),
        ("sepal width", "width of the outer leaf of the flower", "cm"),
        ("petal length", "length of the inner leaf of the flower", "cm"),
        ("petal width", "width of the inner leaf of the flower", "cm"),
    ],
    "wine": lambda: [
        ("alcohol", "alcohol by volume", "%"),
        ("malic acid", "content of malic acid", ""),
        ("ash", "what is left after burning", ""),
        ("alcalinity of ash", "alkalinity of the ash", ""),
        ("magnesium", "content of magnesium", ""),
        ("total phenols", "all phenols", ""),
        ("flavanoids", "the phenols that are flavonoids", ""),
        ("nonflavanoid phenols", "the phenols that are not flavonoids", ""),
        ("proanthocyanins", "condensed tannins", ""),
        ("color intensity", "depth of colour", ""),
        ("hue", "shade of colour", ""),
        ("od280/od315", "ratio of absorbance at 280 and 315 nm of the diluted wine", ""),
        ("proline", "content of the amino acid proline", ""),
    ],
    "breast_cancer": _cells,
    "diabetes": lambda: [
        ("age", "age", "years"),
        ("sex", "coded 1 or 2", ""),
        ("bmi", "body mass index", "kg/m^2"),
        ("bp", "average blood pressure", ""),
        ("s1", "total serum cholesterol", ""),
        ("s2", "low-density lipoproteins", ""),
        ("s3", "high-density lipoproteins", ""),
        ("s4", "total cholesterol over high-density lipoproteins", ""),
        ("s5", "possibly the logarithm of serum triglycerides", ""),
        ("s6", "blood sugar", ""),
    ],
    "digits": lambda: [
        (f"pixel {i} {j}", f"ink in row {i}, column {j} of 8 x 8, 0 to 16", "") for i in range(8) for j in range(8)
    ],
    "linnerud": lambda: [
        ("chins", "chin-ups done", ""),
        ("situps", "sit-ups done", ""),
        ("jumps", "jumping jacks done", ""),
    ],
}  # fmt: skip
_DESCRIPTIONS = {
    "iris": (
        "150 flowers of three species",
        "Fisher (1936), The use of multiple measurements in taxonomic problems, Annals of Eugenics 7",
        [("species", "which of three species", "")],
    ),
    "wine": (
        "178 wines of one region of Italy from three cultivators",
        "Forina et al., PARVUS; UCI Machine Learning Repository",
        [("cultivator", "which of three cultivators", "")],
    ),
    "breast_cancer": (
        "569 images of cell nuclei from a breast mass",
        "Wolberg, Street and Mangasarian (1995); UCI Machine Learning Repository",
        [("diagnosis", "0 malignant, 1 benign", "")],
    ),
    "diabetes": (
        "442 patients with diabetes",
        "Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, Annals of Statistics 32",
        [("progression", "progression of the disease one year after the measurements", "")],
    ),
    "digits": (
        "1797 handwritten digits of 8 x 8 pixels",
        "Alpaydin and Kaynak (1998); UCI Machine Learning Repository",
        [("digit", "which digit was written", "")],
    ),
    "linnerud": (
        "20 men of a fitness club",
        "Tenenhaus (1998), La regression PLS: theorie et pratique",
        [("weight", "body weight", "lb"), ("waist", "waist", "in"), ("pulse", "resting pulse", "1/min")],
    ),
}
