"""Input checks: containers, precision, tracing."""
