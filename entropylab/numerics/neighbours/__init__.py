"""Neighbour distances and range counts, by tree, sorting or brute force."""
