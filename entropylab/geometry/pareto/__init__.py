"""Pareto maxima."""
