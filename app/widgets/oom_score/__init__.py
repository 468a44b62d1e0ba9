"""QoS classes, oom_score_adj, and who dies first on a node."""
