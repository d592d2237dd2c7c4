"""Symbols, counts and distributions."""
