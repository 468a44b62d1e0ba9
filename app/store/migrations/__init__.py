"""The history of the tables. To change them: edit `tables.py`, add `versions/000N_what.py`, name it here."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
HEAD = REVISIONS[-1]
