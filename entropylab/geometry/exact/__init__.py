"""Exact arithmetic and predicates."""
