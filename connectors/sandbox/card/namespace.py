"""The network and mount namespace of a private card reader.

pcscd's virtual reader listens on every address, so it gets a network with nothing but loopback; its socket lies
on a `/run` of its own, which others on this machine reach through `/proc/PID/root`.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PCSCD = Path("/usr/sbin/pcscd")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")


class ReaderUnavailable(Exception):
    """No reader can be had on this machine; the message says what is missing."""


def enter_namespace(command: Sequence[str]) -> None:
    """Replace this process by `command` in namespaces of its own, keeping the process id.

    Users other than root need user namespaces. Raises ReaderUnavailable, naming everything that is missing.
    """
    programs = {"unshare": "util-linux", "mount": "mount", "ip": "iproute2"}
    missing = [f"{name} ({package})" for name, package in programs.items() if shutil.which(name) is None]
    missing += [] if PCSCD.exists() else [f"{PCSCD} (pcscd)"]
    missing += [] if DRIVER.exists() else [f"{DRIVER} (vsmartcard-vpcd)"]
    if missing:
        raise ReaderUnavailable(f"a virtual reader needs {', '.join(missing)}")
    words = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "-n", "-m"]
    tried = subprocess.run([*words, "--", "true"], capture_output=True, check=False)  # noqa: S603
    if tried.returncode != 0:
        raise ReaderUnavailable("a virtual reader needs root, or a kernel that allows users their own namespaces")
    os.execvp(words[0], [*words, "--", *command])  # noqa: S606
