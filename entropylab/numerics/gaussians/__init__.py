"""Mixtures of Gaussians and of uniform boxes, and their pairwise terms."""
