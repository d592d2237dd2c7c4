"""Intervals, permutation nulls, and conventions beside each other."""
