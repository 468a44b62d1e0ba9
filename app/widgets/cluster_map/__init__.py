"""Who talks to whom in a cluster, and what works and what breaks when one of them is switched off."""
