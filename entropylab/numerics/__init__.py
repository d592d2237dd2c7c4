"""Pure JAX building blocks: the simplex, streamed pairwise reductions, relaxations, input checks."""
