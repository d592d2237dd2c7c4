"""Files of the package, and the clone of the repository around it where there is one."""

from __future__ import annotations

from importlib import metadata
from importlib.resources import files
from pathlib import Path

NAME = "entropylab-jax"  # of the distribution; the import name is entropylab
PACKAGE = Path(str(files("entropylab")))
REFERENCES = PACKAGE / "data" / "references.bib"


def find_clone() -> Path | None:
    """The root of the clone that the package is run from; None for an installed package."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "benchmarks").is_dir() else None


def require_clone(action: str) -> Path:
    """The root of the clone; raises SystemExit with one line where there is none."""
    root = find_clone()
    if root is None:
        raise SystemExit(f"entropylab: error: {action} needs a clone of the repository, and this package is installed.")
    return root


def find_namesake() -> str | None:
    """A sentence if another distribution whose import name is entropylab too is installed, else None."""
    try:
        other = metadata.metadata("entropylab")
    except metadata.PackageNotFoundError:
        return None
    if "entropy estimator" in (other["Summary"] or ""):  # an earlier name of this package
        return None
    return (
        f"the package entropylab {other['Version']} ({other['Summary']}) has the same import name and overwrites files "
        f"of {NAME}: keep the two in different environments."
    )
