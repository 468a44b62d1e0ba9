"""Where the files stand that are no Python, and where what was made of them is kept.

In a source tree templates, static files and content lie beside `app`; a wheel carries them in `podscope_files`.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

APP = Path(__file__).parent
INSTALLED = APP.parent / "podscope_files"
FILES = INSTALLED if INSTALLED.is_dir() else APP.parent
CONTENT, STATIC, TEMPLATES = (FILES / name for name in ("content", "static", "templates"))


def shelf_of(files: Path, environment: Mapping[str, str]) -> Path:
    """The folder for what is kept between two starts: in the source tree, or in the user's cache a folder of its own
    for each installation, since a folder of packages is nobody's to write into."""
    if files != INSTALLED:
        return files / ".cache"
    # The XDG base directory specification 0.8: unset, empty or relative means ~/.cache.
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    home = named if named.is_absolute() else Path(os.path.expanduser("~")) / ".cache"
    return home / "podscope" / hashlib.sha256(str(files).encode()).hexdigest()[:12]


SHELF = shelf_of(FILES, os.environ)
