"""Studies: one package for each topic, with its question, stages, claims, figures and page."""
