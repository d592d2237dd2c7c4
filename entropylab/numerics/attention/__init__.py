"""Entropies of attention rows, sparse maps, pruning."""
