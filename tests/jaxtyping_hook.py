"""Which modules promise array shapes by annotation."""

from pathlib import Path

# Public estimators take NumPy and say in their own words what is wrong with a shape; the numerics below them
# promise shapes by annotation, which is checked here. Compiled functions cannot be wrapped.
NUMERICS = Path(__file__).parents[1] / "entropylab" / "numerics"
ANNOTATED = [
    ".".join(file.relative_to(NUMERICS.parents[1]).with_suffix("").parts)
    for file in sorted([*NUMERICS.rglob("*.py"), *(NUMERICS.parent / "kernels").rglob("*.py")])
    if "from jaxtyping" in (text := file.read_text()) and "import njit" not in text and "import numba" not in text
]
