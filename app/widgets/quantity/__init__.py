"""What a Kubernetes quantity is worth."""
