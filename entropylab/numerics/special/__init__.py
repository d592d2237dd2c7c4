"""Special functions, order statistics and running sums."""
