"""What kubectl prints of objects: rows of `get pods`, and `describe pod`."""
