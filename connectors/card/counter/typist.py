"""Where a user number may be typed, and when: into another program's window, and never into a screen of our own.

Between the moment when the number arrives and the one when staff have put the cursor where it belongs lies a
while: until a foreign window has had the keyboard for two looks in a row, nothing is typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from connectors.card.counter.keyboard import Keyboard, KeyboardUnusable, Window

OWN_TITLE = "〔窓口端末〕"
"""In the title of every page of the two screens."""
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.4


class Outcome(StrEnum):
    """What came of typing."""

    TYPED = "typed"
    MOVED = "moved"
    """Typed, but another window had the keyboard afterwards: the staff must look where it went."""
    NOWHERE = "nowhere"
    """No window of another program had the keyboard, or none with the title that was named."""
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typist:
    """`window`: a part of the title of the only windows that are typed into, empty for all but our own.

    `key`: what follows the number, a name of `keyboard.KEYS`; `own_processes`: ours and those that started us,
    such as a terminal's window in which this program runs.
    """

    keyboard: Keyboard
    window: str = ""
    prefix: str = ""
    key: str | None = "enter"
    own_processes: frozenset[int] = frozenset()
    monotonic: Callable[[], float]
    pause: Callable[[float], None]

    def type(self, number: str, *, wanted: Callable[[], bool]) -> Outcome:
        """Wait for the right window, then type, once. `wanted`: whether it is still to be typed."""
        until, before = self.monotonic() + PATIENCE_SECONDS, ""
        while wanted() and self.monotonic() < until:
            found = self.keyboard.focused()
            right = found is not None and self._is_right(found)
            if found is not None and right and found.window_id == before:
                return self._type(number, found)
            before = found.window_id if found is not None and right else "none"
            self.pause(LOOK_SECONDS)
        return Outcome.NOWHERE

    def _type(self, number: str, window: Window) -> Outcome:
        try:
            self.keyboard.type(self.prefix + number, self.key)
        except KeyboardUnusable:
            return Outcome.UNUSABLE
        after = self.keyboard.focused()
        return Outcome.TYPED if after is not None and after.window_id == window.window_id else Outcome.MOVED

    def _is_right(self, window: Window) -> bool:
        return (
            OWN_TITLE not in window.title
            and window.process not in self.own_processes
            and self.window in window.title
        )


def ancestors(process: int, proc: Path = Path("/proc")) -> frozenset[int]:
    """A process and those that started it, as far as Linux tells (proc(5)); itself alone elsewhere."""
    found = {process}
    try:
        while process > 1:
            # The name in parentheses may hold anything; the parent is the second field after it.
            fields = (proc / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            process = int(fields[1])
            found.add(process)
    except (OSError, ValueError, IndexError):
        pass  # not Linux, or the process ended meanwhile
    return frozenset(found - {0, 1})
