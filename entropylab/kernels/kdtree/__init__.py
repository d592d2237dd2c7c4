"""The k-d tree: construction, traversal, neighbour distances, range counts."""
