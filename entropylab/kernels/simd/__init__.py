"""SIMD vectors for numba, and calls of compiled functions from XLA."""
