"""A shell that somebody pastes a block into: interactive, on a terminal, and what then stands on the screen."""

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SHELLS: Mapping[str, Sequence[str]] = {
    "bash": ("bash", "--norc", "--noediting", "-i", "-v"),
    "zsh": ("zsh", "-f", "-i", "-v", "-o", "no_zle", "-o", "no_prompt_sp"),
}
_PROMPTS = {"PS1": "$ ", "PS2": "> "}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


def paste(shell: str, block: str, environment: Mapping[str, str], home: Path, seconds: float) -> str:
    """What the terminal shows; names of the machine that it ran on are left out."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, b"\x32\x00\xc8\x00\x00\x00\x00\x00")
    program = subprocess.Popen(
        SHELLS[shell],
        stdin=subprocess.PIPE,
        stdout=terminal,
        stderr=terminal,
        env={**environment, **_PROMPTS},
        cwd=home,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    assert program.stdin
    program.stdin.write(block.encode())
    program.stdin.close()
    shown = _read(screen, seconds)
    program.kill()
    program.wait()
    os.close(screen)
    text = _ESCAPES.sub("", shown.decode(errors="replace")).replace("\r", "")
    return text.replace(str(home), "~")


def _read(screen: int, seconds: float) -> bytes:
    shown, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([screen], [], [], 1)[0]:
            continue
        try:
            shown += os.read(screen, 65536)
        except OSError:  # the last that held the terminal has closed it
            return shown
    return shown + b"\n(it did not end in time)\n"
