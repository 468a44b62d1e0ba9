"""How a Pod ends, and every request that reaches it meanwhile."""
