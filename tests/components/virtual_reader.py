"""A private card reader for a test: the sandbox's card program with a pcscd of its own, OpenSC's tools on it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.process import Server, plain_environment

PKCS11_MODULE = Path("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a program did: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


class VirtualReader:
    """One reader with one card in it, writing into `folder`."""

    def __init__(self, folder: Path, card: Path, authorities: Path | None, options: tuple[str, ...]) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._command = [sys.executable, "-m", "connectors.sandbox.card", card, "--dir", folder, *options]
        if authorities is not None:
            self._command += ["--authorities", authorities]
        self._server: Server | None = None

    def start(self) -> "VirtualReader":
        """Switch on and wait until pcscd knows the card. Raises NotStarted with the end of the log."""
        self._server = Server(self._command, self.folder / "reader.log")
        self._server.wait_until((self.folder / "csock").exists, SECONDS)
        return self

    def stop(self) -> int:
        """Switch off, which takes the power from the card; returns the program's exit code."""
        server = self._running()
        server.stop()
        return server.exit_code()

    def exit_code(self) -> int:
        """Wait for the program to end by itself, and return how it did."""
        return self._running().exit_code()

    def restart(self) -> None:
        """Power off and on."""
        self.stop()
        self.start()

    def pull(self) -> None:
        """Pull the card out; clients see it within pcscd's next look (0.4 s)."""
        self._signal_and_await("pulled")

    def put_back(self) -> None:
        """Put the card in again and wait until pcscd gives it power."""
        self._signal_and_await("power-on")

    @property
    def environment(self) -> Mapping[str, str]:
        """What a PC/SC client needs to find this reader and no other; OpenSC keeps no cache between cards."""
        (self.folder / "opensc.conf").write_text(_OPENSC_CONF, encoding="ascii")
        return plain_environment(
            PCSCLITE_CSOCK_NAME=(self.folder / "csock").read_text().strip(),
            OPENSC_CONF=str(self.folder / "opensc.conf"),
            HOME=str(self.folder),
        )

    def run(self, program: str, *words: object) -> Run:
        """Run a program of OpenSC's, or any other PC/SC client, to its end."""
        command = [program, *map(str, words)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, errors="replace", timeout=SECONDS
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def pkcs11(self, *words: object) -> Run:
        """Run pkcs11-tool over OpenSC's module."""
        return self.run("pkcs11-tool", "--module", PKCS11_MODULE, *words)

    @property
    def commands(self) -> list[str]:
        """The commands that the card was sent, without PINs: header, data field, status word, bytes answered."""
        log = self.folder / "apdu.log"
        return log.read_text(encoding="ascii").splitlines() if log.exists() else []

    @property
    def touches(self) -> list[str]:
        """The commands that touched the My Number."""
        log = self.folder / "tripwire.log"
        return log.read_text(encoding="ascii").splitlines() if log.exists() else []

    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the reader was not started")
        return self._server

    def _signal_and_await(self, event: str) -> None:
        before = self.commands.count(event)
        self._running().tell(signal.SIGUSR1)
        await_condition(lambda: self.commands.count(event) > before)


def await_condition(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Return when `holds()`; raise TimeoutError when it does not come to that."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


@contextmanager
def virtual_reader(
    folder: Path, card: Path, *options: str, authorities: Path | None = None, tripwire: bool = True
) -> Iterator[VirtualReader]:
    """A running reader that holds the card in this file (see `connectors.sandbox.card` for `options`).

    With `tripwire`, the end fails when anything has touched the My Number meanwhile.
    """
    reader = VirtualReader(folder, card, authorities, options)
    try:
        yield reader.start()
        assert not (tripwire and reader.touches), "the My Number was touched"
    finally:
        reader.stop()


_OPENSC_CONF = """app default {
    framework pkcs15 {
        use_file_caching = no;
    }
}
"""
