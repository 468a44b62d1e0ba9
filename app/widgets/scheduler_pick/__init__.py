"""Which node a pod gets: every filter, every score."""
