"""Makes the scripts that are served as small as terser can: `make scripts`, with Node.js, after a change of one.

Where they are not of the sources as they stand, the site serves the sources, and a test says so.
"""

import subprocess
from pathlib import Path

from app.place import STATIC
from app.web.assets import digest, head, later, script

TERSER = "terser@5.44.1"
FOLDER = STATIC / "js"


def minified(source: str) -> str:
    command = ["npx", "--yes", TERSER, "--compress", "--mangle", "--ecma", "2022"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def main() -> None:
    (FOLDER / "small").mkdir(exist_ok=True)
    for name, source in (("head", head(FOLDER)), ("page", script(FOLDER)), ("later", later(FOLDER))):
        path: Path = FOLDER / "small" / f"{name}.js"
        path.write_text(f"// {digest(source)}\n{minified(source)}\n", encoding="utf-8")
        print(f"{path}: {len(source)} characters in {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
