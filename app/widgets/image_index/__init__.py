"""An image index and a node: which entry matches, which is pulled, and what happens when none fits."""
