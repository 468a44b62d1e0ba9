"""What emulation costs a build: one Go program for arm64, compiled natively and with a compiler that runs under QEMU.

    python -m tests.oracle.emulated

Needs Go, an x86-64 machine and Debian's qemu-user. Everything is compiled anew, the standard library too. Only the
compiler, assembler and linker are emulated, not the `go` command that calls them: a build within a foreign image costs
somewhat more. Processor time is told, since the clock depends on who else uses the machine.
"""

import os
import resource
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

PROXY = "https://proxy.golang.org/golang.org/toolchain/@v/v0.0.1-{version}.linux-arm64.zip"
PROGRAM = """package main

import (
	"encoding/json"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"hello": r.URL.Path})
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
"""
EMULATED = '#!/bin/sh\ntool=$1; shift\nexec qemu-aarch64 "{tools}/$(basename "$tool")" "$@"\n'


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.go").write_text(PROGRAM)
        (folder / "go.mod").write_text("module shop\ngo 1.25\n")
        version = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
        emulator = folder / "emulated"
        emulator.write_text(EMULATED.format(tools=_tools(folder, version)))
        emulator.chmod(0o755)
        native, emulated = _seconds(folder, "native"), _seconds(folder, "emulated", "-toolexec", str(emulator))
        is_same = (folder / "native").read_bytes() == (folder / "emulated-shop").read_bytes()
    print(f"{version}: native {native:.0f} s, emulated {emulated:.0f} s: {emulated / native:.0f} ×, same: {is_same}")
    return 0


def _tools(folder: Path, version: str) -> Path:
    """The compiler and its companions for arm64."""
    path, _ = urllib.request.urlretrieve(PROXY.format(version=version), folder / "toolchain.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "toolchain")
    (tools,) = (folder / "toolchain").rglob("pkg/tool/linux_arm64")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    return tools


def _seconds(folder: Path, name: str, *more: str) -> float:
    """Processor seconds of a build from an empty cache."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    target = {"CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "arm64", "GOCACHE": str(folder / f"cache-{name}")}
    out = folder / ("native" if name == "native" else f"{name}-shop")
    command = ["go", "build", *more, "-o", str(out), "."]
    subprocess.run(command, cwd=folder, env={**os.environ, **target}, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
