"""Figures, formulas and numbers for screen and notebook."""
