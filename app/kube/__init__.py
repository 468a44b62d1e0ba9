"""Words that several models share: quantities, manifests, refusals, frames. Standard library and YAML only."""
