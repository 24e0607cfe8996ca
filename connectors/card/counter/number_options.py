"""What `idp-card counter serve` is told about user numbers, and the desk for them that comes of it."""

import os
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from connectors.card.counter.keyboard import Keyboard, KeyboardUnusable, OwnProgram, Xdotool
from connectors.card.counter.number_desk import NumberDesk
from connectors.card.counter.typist import Typist, ancestors


class NumberUse(StrEnum):
    """What is done with the user number of a login."""

    SHOW = "show"
    TYPE = "type"


class KeyAfter(StrEnum):
    """The key that follows a number."""

    ENTER = "enter"
    TAB = "tab"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOptions:
    """`program`: types in the place of xdotool; the rest as in `Typist`."""

    use: NumberUse | None
    window: str = ""
    prefix: str = ""
    key: KeyAfter = KeyAfter.ENTER
    program: Path | None = None

    def desk(self) -> NumberDesk | None:
        """None where nothing is done. Raises KeyboardUnusable, also for a prefix that cannot be typed."""
        if self.use is None:
            return None
        if not (self.prefix.isascii() and (self.prefix.isprintable() or not self.prefix)):
            raise KeyboardUnusable("a prefix is printable ASCII")
        return NumberDesk(
            typist=self._typist() if self.use is NumberUse.TYPE else None,
            monotonic=time.monotonic,
            pause=time.sleep,
            spawn=lambda act: threading.Thread(target=act, daemon=True).start(),
        )

    def _typist(self) -> Typist:
        keyboard: Keyboard = Xdotool.find() if self.program is None else OwnProgram(self.program)
        return Typist(
            keyboard=keyboard,
            window=self.window if self.program is None else "",
            prefix=self.prefix,
            key=None if self.key is KeyAfter.NONE else self.key,
            own_processes=ancestors(os.getpid()),
            monotonic=time.monotonic,
            pause=time.sleep,
        )
