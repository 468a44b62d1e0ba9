"""What kube-proxy writes for one Service, and where connections go."""
