"""Device, precision and compilation cache: nothing else in the project knows the hardware."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import jax
import numba

log = logging.getLogger(__name__)
MAX_CACHE_BYTES = 512 << 20
_configured = False


def is_configured() -> bool:
    """True once `configure` was called in this process: its precision is then somebody's choice."""
    return _configured


def configure(precision: str = "auto", cache: bool = True) -> None:
    """Set floating-point precision and the persistent compilation cache of this process.

    `precision`: "float64", "float32" or "auto" (float64 on a CPU, float32 on an accelerator).
    Call it before the first computation; the app, the notebooks and the command line do.
    """
    if precision not in ("auto", "float32", "float64"):
        raise ValueError(f"precision must be auto, float32 or float64: got {precision!r}.")
    global _configured
    _configured = True
    wide = precision == "float64" or (precision == "auto" and jax.default_backend() == "cpu")
    jax.config.update("jax_enable_x64", wide)
    # Accelerators multiply float32 matrices in fewer bits unless told not to; distances need them all.
    jax.config.update("jax_default_matmul_precision", "highest")
    if cache:
        folder = compilation_cache()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            log.warning("compiled programs are not cached, as %s cannot be made: set XDG_CACHE_HOME.", folder)
            return
        _remove_oldest(folder, MAX_CACHE_BYTES)
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def compilation_cache() -> Path:
    """The folder of the compiled XLA programs: entropylab/jax in XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entropylab" / "jax"


def describe_caches() -> str:
    """The folders of compiled programs in words; XLA's holds at most MAX_CACHE_BYTES when a process starts."""
    kernels = numba.config.CACHE_DIR or "__pycache__ beside each module, or Numba's folder of the user"
    return f"compiled programs in {compilation_cache()}, at most {MAX_CACHE_BYTES >> 20} MB; kernels in {kernels}"


def _remove_oldest(folder: Path, limit: int) -> None:
    """Delete the oldest files of `folder` until they take at most `limit` bytes."""
    with contextlib.suppress(OSError):  # no folder yet, or another process deletes too
        files = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in folder.iterdir()), reverse=True)
        total = 0
        for _, size, file in files:
            total += size
            if total > limit:
                file.unlink(missing_ok=True)


CORE_ROWS = 512  # of a tile that a core's second-level cache about holds


def tile_rows() -> int:
    """Rows of a tile in a pairwise reduction: what a core's cache holds, or enough to fill an accelerator."""
    return CORE_ROWS if jax.default_backend() == "cpu" else 8192


def describe() -> str:
    """The device in words, such as "cpu" or "NVIDIA H200 (gpu)"."""
    device = jax.devices()[0]
    return device.platform if device.platform == "cpu" else f"{device.device_kind} ({device.platform})"


def dtype() -> str:
    """The floating-point type that computations use now: "float64" or "float32"."""
    return "float64" if jax.config.jax_enable_x64 else "float32"
