"""Podscope: exact models of Kubernetes that a reader can operate."""
