"""Typing a user number into another program, as if it came from a keyboard: any program takes it, unmodified.

X11 by the program xdotool (XTest), which types into whatever has the keyboard; a program of the municipality's own
elsewhere. The number goes to either on standard input: arguments can be read by everybody on the computer.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

SECONDS = 10.0
_DELAY = "8"
"""Milliseconds between two keys: programs that check each of them keep up."""
KEYS: Mapping[str, str] = {"enter": "Return", "tab": "Tab"}
"""What may follow a number, and its name in X11."""


class KeyboardUnusable(Exception):
    """Nothing can be typed here; the message says why, and holds no number."""


@dataclass(frozen=True, slots=True)
class Window:
    """What has the keyboard. `title` as its program gives it; `process` where it tells that, else None."""

    window_id: str
    title: str = field(repr=False)
    process: int | None = None


class Keyboard(Protocol):
    """Types into the program that has the keyboard. Raises KeyboardUnusable."""

    def focused(self) -> Window | None:
        """What has the keyboard now; None when that cannot be told."""
        ...

    def type(self, text: str, key: str | None) -> None:
        """Type printable ASCII, then press a key of `KEYS`, if one is named."""
        ...


@dataclass(frozen=True, slots=True)
class Xdotool:
    """A `Keyboard` on X11. A window of Wayland's own is not reached."""

    program: str

    @classmethod
    def find(cls) -> "Xdotool":
        """Raises KeyboardUnusable where there is no such program, or no display."""
        program = shutil.which("xdotool")
        if program is None:
            raise KeyboardUnusable("the program xdotool is not installed")
        found = cls(program)
        found._run("getmouselocation")
        return found

    def focused(self) -> Window | None:
        """See `Keyboard`."""
        try:
            window_id = self._run("getwindowfocus").strip()
            title = self._run("getwindowname", window_id).strip()
        except KeyboardUnusable:
            return None
        try:
            process = int(self._run("getwindowpid", window_id))
        except (KeyboardUnusable, ValueError):
            process = None  # not every program tells
        return Window(window_id, title, process)

    def type(self, text: str, key: str | None) -> None:
        """See `Keyboard`."""
        self._run("type", "--clearmodifiers", "--delay", _DELAY, "--file", "-", given=text)
        if key is not None:
            self._run("key", "--clearmodifiers", KEYS[key])

    def _run(self, *words: str, given: str = "") -> str:
        return _run([self.program, *words], given)


@dataclass(frozen=True, slots=True)
class OwnProgram:
    """A `Keyboard` that is a program of the municipality's own: it gets the text and a key's name, a line each.

    Where the keyboard is, is its own affair: it types nowhere but where it should.
    """

    program: Path

    def focused(self) -> Window | None:
        """See `Keyboard`: nobody asks, the program decides."""
        return Window("", "")

    def type(self, text: str, key: str | None) -> None:
        """See `Keyboard`."""
        _run([str(self.program)], f"{text}\n{key or ''}\n")


def _run(command: Sequence[str], given: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - xdotool, or what the operator names
            command, input=given, capture_output=True, text=True, timeout=SECONDS, errors="replace", check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KeyboardUnusable(f"the program that types failed: {type(error).__name__}") from None
    if done.returncode != 0:
        raise KeyboardUnusable(f"the program that types ended with {done.returncode}")
    return done.stdout
