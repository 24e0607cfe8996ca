"""A private card reader: pcscd with vsmartcard's driver in a network and mount namespace of its own.

pcscd's virtual reader listens on every address, so it gets a network with nothing but loopback; its socket lies
on a `/run` of its own, which others on this machine reach through `/proc/PID/root`.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sandbox.card import vpcd
from connectors.sandbox.card.vpcd import InsertedCard, ReaderGone

PCSCD = Path("/usr/sbin/pcscd")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PORT = 0x8C7B
"""vpcd's usual port; nobody else is in this network."""
NAME = "Virtual PCD"
_SOCKET = Path("/run/pcscd/pcscd.comm")
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0


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


@dataclass(slots=True)
class Reader:
    """One reader with one card, in `directory`: `csock` and `card.pid` appear when the card is known."""

    directory: Path
    _stopping: bool = field(default=False, init=False)
    _pulled: bool = field(default=False, init=False)

    def run(self, card: InsertedCard) -> None:
        """Run inside the namespace until TERM or INT; USR1 pulls the card out and puts it in again.

        Raises ReaderUnavailable when pcscd does not come up, or ends.
        """
        wakeup = self._listen_to_signals()
        for name in ("csock", "card.pid"):
            (self.directory / name).unlink(missing_ok=True)
        _prepare()
        log = self.directory / "pcscd.log"
        with log.open("wb") as out:
            words = [str(PCSCD), "--foreground", "--info", "--config", str(_configuration(self.directory))]
            pcscd = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603
        try:
            self._hold(card, pcscd, wakeup)
        finally:
            (self.directory / "csock").unlink(missing_ok=True)
            _end(pcscd)

    def _hold(self, card: InsertedCard, pcscd: "subprocess.Popen[bytes]", wakeup: int) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._stopping:
            if self._pulled:
                _drain(wakeup)
                continue
            try:
                with vpcd.inserted(PORT) as plug:
                    deadline = float("inf")
                    vpcd.serve(card, plug, wakeup, self._announce)
                _drain(wakeup)
                card.reset("pulled")
            except (OSError, ReaderGone) as error:
                if pcscd.poll() is not None or time.monotonic() > deadline:
                    raise ReaderUnavailable(f"pcscd did not stay: see {self.directory / 'pcscd.log'}") from error
                time.sleep(0.02)

    def _announce(self) -> None:
        csock = self.directory / "csock"
        if csock.exists() or not _SOCKET.exists():
            return
        (self.directory / "card.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
        draft = self.directory / ".csock.new"
        socket = f"/proc/{os.getpid()}/root{_SOCKET}"
        draft.write_text(f"{socket}\n", encoding="ascii")
        draft.replace(csock)
        sys.stdout.write(f"export PCSCLITE_CSOCK_NAME={socket}\n")
        sys.stdout.flush()

    def _listen_to_signals(self) -> int:
        """A descriptor that becomes readable after a signal."""
        readable, writable = os.pipe()
        os.set_blocking(writable, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: setattr(self, "_stopping", True))
        signal.signal(signal.SIGUSR1, lambda *_: setattr(self, "_pulled", not self._pulled))
        return readable


def _prepare() -> None:
    """A `/run` and a loopback of this namespace's own."""
    for words in (["mount", "-t", "tmpfs", "tmpfs", "/run"], ["ip", "link", "set", "lo", "up"]):
        done = subprocess.run(words, capture_output=True, check=False, text=True)  # noqa: S603
        if done.returncode != 0:
            raise ReaderUnavailable(f"{words[0]} was refused: {done.stderr.strip()}")
    _SOCKET.parent.mkdir()


def _configuration(directory: Path) -> Path:
    """reader.conf, by its absolute path, which pcscd insists on."""
    path = directory.absolute() / "reader.conf"
    lines = (f'FRIENDLYNAME "{NAME}"', f"DEVICENAME /dev/null:{PORT:#06X}".replace("0X", "0x"))
    path.write_text("\n".join((*lines, f"LIBPATH {DRIVER}", f"CHANNELID {PORT}", "")), encoding="ascii")
    return path


def _drain(wakeup: int) -> None:
    """Wait for a signal, and forget that it came: what it meant is in the flags."""
    os.read(wakeup, 64)


def _end(pcscd: "subprocess.Popen[bytes]") -> None:
    pcscd.terminate()
    try:
        pcscd.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pcscd.kill()
        pcscd.wait()


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    sys.stderr.write(f"{sentence}\n")
