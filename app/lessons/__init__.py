"""content/ as lessons: read and checked once at start, drawn once per language."""
