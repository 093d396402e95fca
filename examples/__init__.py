"""Programs to start from; each stands on its own."""
