"""Settings: defaults, and refusals that name the variable."""

import pytest

from app.settings import Settings, SettingsError, read_settings


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
