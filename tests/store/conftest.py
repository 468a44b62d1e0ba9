"""Fixtures of the store's tests."""

from tests.store.engines import address, new_database, postgres, store

__all__ = ["address", "new_database", "postgres", "store"]
