"""Neighbour distances and range counts on the line, from sorted values."""
