"""Soft memberships of points in the cells of a partition."""
