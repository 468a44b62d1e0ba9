"""What a start does not load: libraries that nobody uses, and those that few requests need."""

import subprocess
import sys

import pytest

from app.web.spared import do_without, spared
from tests.conftest import ROOT

UNUSED = ("rich", "attr", "pydantic.v1", "babel.dates", "alembic", "xml.dom.minidom", "psycopg", "sqlmodel", "greenlet")
SELDOM = ("re2", "segno", "genanki", "sqlite3", "pygments.lexers", "pebble")


@pytest.mark.slow
def test_a_site_on_sqlite_starts_without_what_few_requests_need() -> None:
    made = (
        "import sys; from app.main import create_app; from app.settings import Settings;"
        "create_app(Settings(database_url='sqlite://'));"
        f"print([name for name in {UNUSED + SELDOM} if sys.modules.get(name)])"
    )
    for _ in ("draws what is not on the shelf", "finds all there"):
        said = subprocess.run([sys.executable, "-c", made], cwd=ROOT, capture_output=True, text=True, timeout=240)

    assert said.stdout.splitlines()[-1:] == ["[]"], said.stderr


def test_what_is_spared_is_there_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with spared("colorsys"), pytest.raises(ImportError):
        import colorsys
    import colorsys

    with spared("colorsys"):
        import colorsys as again
    assert again is colorsys


def test_what_is_done_without_is_found_no_more_unless_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    do_without("colorsys")
    with pytest.raises(ImportError):
        import colorsys

    monkeypatch.delitem(sys.modules, "colorsys")
    import colorsys

    do_without("colorsys")
    assert sys.modules["colorsys"] is colorsys
