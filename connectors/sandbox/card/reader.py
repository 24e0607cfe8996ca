"""A private card reader: pcscd with vsmartcard's driver, inside a namespace that `namespace` has entered."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sandbox.card import vpcd
from connectors.sandbox.card.namespace import DRIVER, PCSCD, ReaderUnavailable
from connectors.sandbox.card.vpcd import InsertedCard, ReaderGone

PORT = 0x8C7B
"""vpcd's usual port; nobody else is in this network."""
NAME = "Virtual PCD"
_SOCKET = Path("/run/pcscd/pcscd.comm")
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_RETRY_SECONDS = 0.002
"""Short, so that the plug is in before pcscd looks for the first time."""


@dataclass(slots=True)
class Reader:
    """One reader with one card, in `directory`: `csock` and `card.pid` appear when the card is known."""

    directory: Path
    _stopping: bool = field(default=False, init=False)
    _pulled: bool = field(default=False, init=False)

    def run(self, load: Callable[[], InsertedCard]) -> None:
        """Run inside the namespace until TERM or INT; USR1 pulls the card out and puts it in again.

        The card is loaded once the plug is in, because pcscd looks for cards only every 0.4 s.
        Raises ReaderUnavailable when pcscd does not come up, or ends, and whatever `load` raises.
        """
        self._withdraw()
        _prepare()
        wakeup = self._listen_to_signals()
        log = self.directory / "pcscd.log"
        with log.open("wb") as out:
            words = [str(PCSCD), "--foreground", "--info", "--config", str(_configuration(self.directory))]
            pcscd = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603
        try:
            self._hold(load, pcscd, wakeup)
        finally:
            self._withdraw()
            _end(pcscd)

    def _hold(self, load: Callable[[], InsertedCard], pcscd: "subprocess.Popen[bytes]", wakeup: int) -> None:
        card: InsertedCard | None = None
        deadline = time.monotonic() + _START_SECONDS
        while not self._stopping:
            if pcscd.poll() is not None or time.monotonic() > deadline:
                raise ReaderUnavailable(f"pcscd did not stay: see {self.directory / 'pcscd.log'}")
            if self._pulled:
                _drain(wakeup)
                continue
            try:
                with vpcd.inserted(PORT) as plug:
                    deadline = float("inf")
                    card = card or load()
                    vpcd.serve(card, plug, wakeup, self._announce)
            except ReaderGone:
                time.sleep(_RETRY_SECONDS)
                continue
            _drain(wakeup)
            self._note_pull(card)

    def _note_pull(self, card: InsertedCard) -> None:
        """After a signal: was it the one that pulls the card?"""
        if self._pulled:
            card.reset("pulled")

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

    def _withdraw(self) -> None:
        for name in ("csock", "card.pid"):
            (self.directory / name).unlink(missing_ok=True)

    def _listen_to_signals(self) -> int:
        """A descriptor that becomes readable after a signal."""
        readable, writable = os.pipe()
        os.set_blocking(writable, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: setattr(self, "_stopping", True))
        signal.signal(signal.SIGUSR1, lambda *_: setattr(self, "_pulled", not self._pulled))
        signal.signal(signal.SIGCHLD, lambda *_: None)  # pcscd has ended: wake up and see it
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
