"""When a kubelet probes a container, which answers count, and when it restarts it or takes it out of the Service."""
