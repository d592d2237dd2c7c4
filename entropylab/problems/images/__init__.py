"""Images of digits."""
