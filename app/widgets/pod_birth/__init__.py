"""How a Pod is born: every message from `kubectl create` to a ready endpoint, and fifteen other ways."""
