"""Compiled kernels; each has a plain counterpart that the tests compare it with."""
