"""Readers of point clouds and drawings, one module a format."""
