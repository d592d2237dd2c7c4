"""Planar convex hulls."""
