"""Delaunay triangulation."""
