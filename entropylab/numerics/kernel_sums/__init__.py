"""Sums of Gaussian kernels over pairs of points, and bandwidth rules."""
