"""The counter's own browser: a window for the staff, and one on the second screen for the resident.

It runs in a profile of its own that is thrown away between two people: no cookie of a service, no history, no page
to go back to. Any browser of the Chromium family; where its windows stand is written into the new profile, since
its command line places all windows of a profile alike. A Wayland compositor places windows as it likes.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Self
from urllib.parse import urlsplit

START_SECONDS = 10.0
END_SECONDS = 5.0
_LISTENING = "SingletonSocket"
"""What a running Chromium keeps in its profile, so that a second start opens a window of the first."""
_AREA = re.compile(r"(-?[0-9]{1,5}),(-?[0-9]{1,5}),([1-9][0-9]{1,4}),([1-9][0-9]{1,4})")
_QUIET = ("--no-first-run", "--no-default-browser-check", "--disable-sync", "--password-store=basic")


class BrowserUnusable(Exception):
    """The program cannot be started, or an area is none; the message says which."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a window stands, in pixels over all screens."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `LEFT,TOP,WIDTH,HEIGHT`. Raises BrowserUnusable."""
        found = _AREA.fullmatch(text)
        if found is None:
            raise BrowserUnusable("an area is LEFT,TOP,WIDTH,HEIGHT in pixels, such as 1920,0,1280,1024")
        return cls(*(int(part) for part in found.groups()))

    def placement(self) -> dict[str, object]:
        """As Chromium remembers a window's place."""
        edges = {"left": self.left, "top": self.top}
        edges |= {"right": self.left + self.width, "bottom": self.top + self.height}
        return {**edges, "maximized": False, **{f"work_area_{name}": edge for name, edge in edges.items()}}


@dataclass(slots=True, kw_only=True)
class CounterBrowser:
    """`pages`: what the staff's window shows, one tab each; `resident`: the address of the resident's screen."""

    program: str
    pages: tuple[str, ...]
    resident: str
    staff_area: Area
    resident_area: Area
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _asking: subprocess.Popen[bytes] | None = field(default=None, init=False)
    """The second start, which asks the first for the staff's window."""
    _profile: Path | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def open(self) -> None:
        """Start it in a new profile. Raises BrowserUnusable."""
        with self._lock:
            self._open()

    def renew(self) -> None:
        """For the next person: everything of the last one is gone. Raises BrowserUnusable."""
        with self._lock:
            self._close()
            self._open()

    def close(self) -> None:
        """End it and forget its profile."""
        with self._lock:
            self._close()

    def _open(self) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="idp-counter-"))
        (self._profile / "Default").mkdir()
        (self._profile / "Default" / "Preferences").write_text(json.dumps(self._preferences()), encoding="utf-8")
        self._process = self._start(f"--app={self.resident}")
        deadline = time.monotonic() + START_SECONDS
        while not (self._profile / _LISTENING).is_symlink() and self._process.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self._asking = self._start("--new-window", *self.pages)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [self.program, f"--user-data-dir={self._profile}", *_QUIET, *words]
        quiet = subprocess.DEVNULL  # what a browser complains of may hold addresses
        try:
            return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)  # noqa: S603 - the operator names it
        except OSError as error:
            raise BrowserUnusable(f"the browser cannot be started: {error.strerror}") from error

    def _close(self) -> None:
        # The second start first: alone, it would become the browser, in a profile of the person who left.
        for process in (self._asking, self._process):
            if process is not None:
                _end(process)
        if self._profile is not None:
            _forget(self._profile)
        self._process = self._asking = self._profile = None

    def _preferences(self) -> dict[str, object]:
        """Both windows' places; and what a counter's browser shall not offer to keep."""
        address = urlsplit(self.resident)
        name = f"{address.hostname}_{address.path}"
        return {
            "browser": {
                "window_placement": self.staff_area.placement(),
                "app_window_placement": {name: self.resident_area.placement()},
            },
            "credentials_enable_service": False,
            "profile": {"password_manager_enabled": False},
            "autofill": {"profile_enabled": False, "credit_card_enabled": False},
            "translate": {"enabled": False},
        }


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forget(profile: Path) -> None:
    """Remove it again until it stays away: a browser's helpers write a moment longer than the browser lives."""
    deadline = time.monotonic() + END_SECONDS
    while profile.exists() and time.monotonic() < deadline:
        shutil.rmtree(profile, ignore_errors=True)
        time.sleep(0.05)
