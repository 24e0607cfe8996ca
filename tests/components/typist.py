"""A person at a terminal: a program on a pseudo-terminal of its own, read and typed into."""

import os
import pty
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import select

SECONDS = 30.0


class Typist:
    """One program on a terminal. `screen` is all that it has written."""

    def __init__(self, process: "subprocess.Popen[bytes]", terminal: int) -> None:
        self._process = process
        self._terminal = terminal
        self._written = b""

    @property
    def screen(self) -> str:
        """What the person has seen so far."""
        return self._written.decode(errors="replace")

    def await_text(self, text: str, times: int = 1) -> None:
        """Read until it stands there so often. Raises TimeoutError with the screen."""
        while self.screen.count(text) < times:
            if not select([self._terminal], [], [], SECONDS)[0] or not self._read():
                raise TimeoutError(self.screen)

    def type(self, line: str) -> None:
        """Type a line and Return."""
        os.write(self._terminal, line.encode() + b"\n")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._terminal, b"\x03")

    def exit_code(self) -> int:
        """Read to the end. Raises TimeoutError with the screen when it stays silent and does not end."""
        while True:
            if not select([self._terminal], [], [], SECONDS)[0]:
                raise TimeoutError(self.screen)
            if not self._read():
                break
        return self._process.wait(SECONDS)

    def _read(self) -> bool:
        try:
            part = os.read(self._terminal, 4096)
        except OSError:  # the program has closed the terminal
            return False
        self._written += part
        return bool(part)


@contextmanager
def at_a_terminal(words: Sequence[str | Path], environment: Mapping[str, str]) -> Iterator[Typist]:
    """Run a program with a controlling terminal; it is ended when the block is left."""
    ours, theirs = pty.openpty()
    # A run of the tests in the background ignores SIGINT, and its children would inherit that.
    terminal = ["env", "--default-signal=INT", "setsid", "--ctty"]
    process = subprocess.Popen(
        [*terminal, *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=dict(environment),
    )
    os.close(theirs)
    try:
        yield Typist(process, ours)
    finally:
        process.kill()
        process.wait(SECONDS)
        os.close(ours)
