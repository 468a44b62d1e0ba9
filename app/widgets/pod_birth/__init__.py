"""How a Pod is born: every message from `kubectl create` to a ready endpoint, and more than twenty other ways."""
