"""One file for each way in which things go wrong."""
