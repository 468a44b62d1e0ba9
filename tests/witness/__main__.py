"""Writes what the recordings witness: docs/witness.md and what the pages show of it."""

from tests.witness.tables import REPORT, WITNESSED, report, witnessed_text

REPORT.write_text(report(), encoding="utf-8")
WITNESSED.write_text(witnessed_text(), encoding="utf-8")
