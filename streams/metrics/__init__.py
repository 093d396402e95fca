"""What operators see of a worker: `declarations.py` has every metric, the others fill them."""
