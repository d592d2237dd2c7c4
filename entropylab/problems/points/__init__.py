"""Point sets and their files."""
