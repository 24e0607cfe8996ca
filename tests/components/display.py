"""An X display of a test's own (Xvfb), and a person at its keyboard (xdotool)."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.process import Server
from components.virtual_reader import await_condition

SECONDS = 20


@dataclass(frozen=True)
class Display:
    """One display by its name, such as `:7`."""

    name: str

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to show itself here."""
        return os.environ | {"DISPLAY": self.name}

    def windows(self, program: str) -> list[str]:
        """The ids of a program's windows (X class) that can be seen."""
        return self._xdotool("search", "--onlyvisible", "--class", f"^{program}$").split()

    def place(self, window: str) -> tuple[int, ...]:
        """Left, top, width and height of a window."""
        told = self._xdotool("getwindowgeometry", "--shell", window)
        found = dict(line.split("=") for line in told.split())
        return tuple(int(found[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))

    def title(self, window: str) -> str:
        """What stands in a window's title."""
        return self._xdotool("getwindowname", window).strip()

    def await_window(self, program: str) -> str:
        """Wait for it."""
        found: list[str] = []
        await_condition(lambda: bool(found or found.extend(self.windows(program)) or found))
        return found[0]

    def type(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        self._xdotool("type", "--delay", "10", text)

    def press(self, *keys: str) -> None:
        """Press keys by their X names."""
        self._xdotool("key", "--delay", "20", *keys)

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout


@contextmanager
def display(folder: Path, size: str = "800x600") -> Iterator[Display]:
    """An Xvfb with a number that it finds free itself; nothing listens on the network. `size`: of its screen."""
    number, log = folder / "display", folder / "xvfb.log"
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    command += ["-noreset"]  # it would begin anew when its last program ends, and turn the next one away meanwhile
    server = Server(command, log, pass_fds=(writing,))
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number.write_text(told.readline())
        yield Display(f":{number.read_text().strip()}")
    finally:
        server.stop()
