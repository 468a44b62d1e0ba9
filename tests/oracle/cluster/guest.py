"""A disk that a guest starts from: Debian's kernel and busybox, which shut down when the power button is pressed."""

import lzma
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.oracle.cluster.debian import Debian, told
from tests.oracle.record import BUILT

KERNEL = "linux-image-cloud-amd64"
_MODULES = ("kernel/drivers/acpi/button.ko", "kernel/drivers/input/evdev.ko")
_BYTES = 48 << 20

# The button is an input device: the first event that can be read of it is that it was pressed.
_INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
insmod /button.ko
insmod /evdev.ko
for name in $(grep -l 'Power Button' /sys/class/input/event*/device/name); do
  event=${name%/device/name}
  (dd if=/dev/input/${event##*/} of=/dev/null bs=24 count=1 2>/dev/null; sync; poweroff -f) &
done
echo "The guest is up after $(cut -d' ' -f1 /proc/uptime) s."
while true; do setsid cttyhack sh; done </dev/ttyS0 >/dev/ttyS0 2>&1
"""
_LOADER = """\
DEFAULT linux
LABEL linux
  KERNEL vmlinuz
  INITRD first
  APPEND console=ttyS0 quiet
"""


def make(disk: Path) -> str:
    """A file system with a boot loader, as a floppy disk has; what is in it."""
    with tempfile.TemporaryDirectory(dir=BUILT) as name:
        folder = Path(name)
        kernel, first, tools = (folder / part for part in ("kernel", "first", "tools"))
        linux = Debian("amd64").unpack(kernel, [KERNEL])
        busybox = Debian("amd64").unpack(first, ["busybox-static"])
        Debian("amd64").unpack(tools, ["bash", "coreutils", "dosfstools", "mtools", "syslinux"])
        (modules,) = (kernel / "usr" / "lib" / "modules").iterdir()
        for module in _MODULES:
            packed = lzma.decompress((modules / f"{module}.xz").read_bytes())
            (first / Path(module).name).write_bytes(packed)
        (first / "init").write_text(_INIT)
        (first / "init").chmod(0o755)
        (boot,) = (kernel / "boot").glob("vmlinuz-*")
        shutil.copy(boot, tools / "vmlinuz")
        (tools / "first").write_bytes(_archive(first))
        (tools / "syslinux.cfg").write_text(_LOADER)
        for command in (
            f"mkfs.fat -C disk.img {_BYTES >> 10}",
            "mcopy -i disk.img vmlinuz first syslinux.cfg ::",
            "syslinux --install disk.img",
        ):
            within = ["unshare", "--pid", "--fork", "--mount-proc", f"--root={tools}"]
            subprocess.run([*within, *command.split()], check=True, stdout=subprocess.DEVNULL)
        shutil.move(tools / "disk.img", disk)
    version = told(linux, f"linux-image-{modules.name}").split()[1]
    return f"a disk with Debian's Linux {version} and {told(busybox, 'busybox-static')}, which obeys the power button"


def _archive(root: Path) -> bytes:
    """What the kernel unpacks into memory."""
    names = "".join(f"{path.relative_to(root)}\n" for path in sorted(root.rglob("*")))
    packed = [root / "usr" / "bin" / "busybox", "cpio", "-o", "-H", "newc"]
    return subprocess.run(packed, input=names.encode(), check=True, capture_output=True, cwd=root).stdout
