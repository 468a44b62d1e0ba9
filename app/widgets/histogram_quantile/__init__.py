"""histogram_quantile on classic buckets: the rank, the bucket that reaches it, the way into it."""
