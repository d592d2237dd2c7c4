"""Computing beside the event loop."""
