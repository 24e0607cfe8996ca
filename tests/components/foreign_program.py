"""`foreign_field` on a display, as a process of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.display import Display
from components.process import Server
from components.virtual_reader import await_condition

PROGRAM = Path(__file__).with_name("foreign_field.py")


class ForeignProgram:
    """An unmodified program with a text field."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def handed_in(self) -> list[str]:
        """What its field was given, each time that Return was pressed."""
        return self._file.read_text().splitlines() if self._file.exists() else []

    def await_entry(self) -> str:
        """Wait until something was handed in; the last of it."""
        await_condition(lambda: bool(self.handed_in))
        return self.handed_in[-1]


@contextmanager
def foreign_program(display: Display, folder: Path, title: str = "図書館システム") -> Iterator[ForeignProgram]:
    """Run it with the keyboard in its field."""
    file = folder / f"handed-in-{title}"
    server = Server(
        [sys.executable, str(PROGRAM), str(file), title], folder / "field.log", env=display.environment
    )
    try:
        await_condition(file.exists)
        yield ForeignProgram(file)
    finally:
        server.stop()
