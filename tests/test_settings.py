"""Settings: defaults, and refusals that name the variable."""

import traceback

import pytest

from app.settings import Settings, SettingsError, read_settings
from app.store.engine import StoreError
from app.store.store import open_store


def test_without_variables_the_defaults_hold() -> None:
    assert read_settings({"HOME": "/root"}) == Settings()


def test_variables_are_taken() -> None:
    settings = read_settings({"PODSCOPE_PORT": "9000", "PODSCOPE_HTTPS": "true", "PODSCOPE_WORKERS": "2"})

    assert (settings.port, settings.https, settings.workers) == (9000, True, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PODSCOPE_PROT", "9000"),
        ("PODSCOPE_PORT", "70000"),
        ("PODSCOPE_PORT", "http"),
        ("PODSCOPE_WORKERS", "0"),
        ("PODSCOPE_HTTPS", "perhaps"),
        ("PODSCOPE_DATABASE_URL", "mysql://x"),
        ("PODSCOPE_LOG_LEVEL", "loud"),
        ("PODSCOPE_", "x"),
    ],
)
def test_what_is_unknown_or_impossible_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


@pytest.mark.parametrize("url", ["mysql://u:secretpw@x/y", "u:secretpw@x", "postgres://u:secretpw@x/y", "secretpw"])
def test_no_message_tells_the_password_of_an_address(url: str) -> None:
    with pytest.raises(SettingsError, match="PODSCOPE_DATABASE_URL is not possible") as refused:
        read_settings({"PODSCOPE_DATABASE_URL": url})

    assert "secretpw" not in told(refused.value)


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:secretpw@x:port/y", "postgresql+psycopg://u:secretpw@127.0.0.1:1/y"]
)
def test_nor_does_the_store(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)

    assert "secretpw" not in told(refused.value)


def told(error: BaseException | None) -> str:
    """All that a traceback would print of it."""
    return "" if error is None else "".join(traceback.format_exception(error))
