"""Settings from PODSCOPE_* variables; what is unknown or impossible is refused by name."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "PODSCOPE_"
SECRET = ("PODSCOPE_DATABASE_URL",)  # it may hold a password: no message repeats it


_HOST = r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"


class SettingsError(Exception):
    """A setting that can't be taken; the message names the variable and what would do."""


class Settings(BaseModel):
    """How this process serves. `https` says that readers reach it over https (through a proxy, for instance),
    `public_url` where: scheme and host, without a path and a slash at the end. Without it a page says its address to
    requests by the names in `hosts`, which commas separate. `hands` are the processes for large
    requests, of each worker. `first_states`: what most readers ask of models is made after the start, before they do.
    `security_contact` is whom /.well-known/security.txt names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field("sqlite:///podscope.sqlite3", pattern=r"^(sqlite|postgresql\+psycopg)://")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    workers: int = Field(1, ge=1, le=64)
    hands: int = Field(2, ge=1, le=16)
    first_states: bool = True
    https: bool = False
    public_url: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$")
    hosts: str = Field("localhost,127.0.0.1,[::1]", pattern=rf"^({_HOST}(,{_HOST})*)?$")
    security_contact: str = Field("", pattern=r"^((mailto:|https://)[!-~]+)?$")
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; SettingsError names the first variable that is unknown or impossible."""
    given = {name: value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    try:
        return Settings.model_validate({name[len(PREFIX) :].lower(): value for name, value in given.items()})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        if first["type"] == "extra_forbidden":
            known = ", ".join(PREFIX + field.upper() for field in Settings.model_fields)
            raise SettingsError(f"{name} is not a setting of Podscope; there are {known}") from error
        shown = "" if name in SECRET else f"={given.get(name, '')!r}"
        raise SettingsError(f"{name}{shown} is not possible: {first['msg']}") from None
