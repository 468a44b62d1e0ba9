"""Progress that is never lost: the only place that knows the database."""
