"""A server process of a test: started in the foreground, waited for, stopped by its own pid."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class NotStarted(Exception):
    """The server ended or stayed silent; the text is the end of its log."""


class Server:
    """One foreground process writing to one log file."""

    def __init__(self, command: Sequence[str | Path], log: Path, **options: object) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options
            )
        self._log = log

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self._process.pid)

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when `ready()` is true; stop the process and raise NotStarted when it does not come to that."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise NotStarted(self._log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
        """Ask the process to end and wait for it; kill it when it does not."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def tell(self, what: signal.Signals) -> None:
        """Send a signal and go on."""
        self._process.send_signal(what)

    def tell_many_times(self, seconds: float = 2.0) -> None:
        """Ask it to end without a pause, until it does, as an impatient hand and a supervisor may at once."""
        deadline = time.monotonic() + seconds
        while not self.ended and time.monotonic() < deadline:
            for what in (signal.SIGINT, signal.SIGTERM):
                self.tell(what)

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def exit_code(self, seconds: float = 20.0) -> int:
        """Wait for the process to end by itself, and return how it did."""
        return int(self._process.wait(seconds))

    def freeze(self) -> None:
        """Hold the process: its connections stand, and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._process.kill()
        self._process.wait()


def plain_environment(**more: str) -> Mapping[str, str]:
    """An environment that says nothing of the machine or the user."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}
