"""Exposition text as Prometheus reads it: families, their four types, mistakes, and what two scrapes tell."""
