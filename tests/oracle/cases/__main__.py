"""Draws the cases and asks the real programs: `python -m tests.oracle.cases [part …]`, all parts when none is named."""

import os
import subprocess
import sys

from tests.oracle.build import KUBERNETES

OF_KUBERNETES = ("scheduler", "manifests", "proxy")
OTHERS = ("pages", "images", "alerts", "metrics", "etcd")


def main(wanted: list[str]) -> int:
    failed = []
    for part in (*OF_KUBERNETES, *OTHERS):
        if wanted and part not in wanted:
            continue
        for version in KUBERNETES if part in OF_KUBERNETES else ("",):
            print(f"{part} {version}…", flush=True)
            environment = {**os.environ, **({"PODSCOPE_ORACLE_KUBERNETES": version} if version else {})}
            module = f"tests.oracle.cases.{part}"
            if subprocess.run([sys.executable, "-m", module], env=environment, check=False).returncode:
                failed.append(f"{part} {version}".strip())
    print(f"failed: {', '.join(failed)}" if failed else "all asked", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
