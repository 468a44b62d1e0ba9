"""Random cases, drawn once from a seed and kept as data, and what the real programs answer to them."""
