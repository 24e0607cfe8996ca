"""Chromium with a window on a display of its own, set up for a card: NSS, OpenSC's module, a private reader."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.display import Display, display
from components.virtual_reader import PKCS11_MODULE, VirtualReader, await_condition
from playwright.sync_api import BrowserContext, BrowserType, Page
from playwright.sync_api import TimeoutError as NotYet

SECONDS = 30.0
PIN_WINDOW = "Unlock Security Device"
_OPENSC_CONF = """app default {
    card_drivers = jpki;
    framework pkcs15 {
        use_file_caching = no;
    }
}
app opensc-pkcs11 {
    pkcs11 {
        create_slots_for_pins = "user";
    }
}
"""
"""One token, that of the user certificate's PIN: with both a browser asks for the other PIN first."""


@dataclass(frozen=True, slots=True)
class CardBrowser:
    """One profile of a browser that has a window, and the person before it."""

    profile: BrowserContext
    display: Display

    @property
    def page(self) -> Page:
        """The open page."""
        return self.profile.pages[0]

    def type_pin(self, pin: str) -> None:
        """Answer the browser's own question for the PIN."""
        await_condition(lambda: self._title_in_focus() == PIN_WINDOW)
        self.display.type(pin)
        self.display.press("Return")

    def take_offered_certificate(self, until: str) -> None:
        """Answer the browser's question which certificate: the one that it offers.

        `until`: selector of what follows. Raises TimeoutError when that does not come.
        The question is drawn inside the page's window, where no program but the browser sees it.
        """
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self.display.press("Return")
            try:
                self.page.wait_for_selector(until, timeout=1000)
            except NotYet:
                continue
            return
        raise TimeoutError(until)

    def _title_in_focus(self) -> str:
        command = ["xdotool", "getwindowfocus", "getwindowname"]
        done = subprocess.run(command, env=self.display.environment, capture_output=True, text=True, timeout=20)
        return done.stdout.strip()


@contextmanager
def card_browser(
    chromium: BrowserType, folder: Path, reader: VirtualReader, *, program: str, words: list[str], ca_file: Path
) -> Iterator[CardBrowser]:
    """A browser that finds the reader's card and trusts this authority. `words`: for its command line."""
    home = folder / "home"
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    (folder / "opensc.conf").write_text(_OPENSC_CONF)
    environment = {**reader.environment, "HOME": str(home), "OPENSC_CONF": str(folder / "opensc.conf")}
    store = f"sql:{database}"
    for command in (
        ["certutil", "-d", store, "-N", "--empty-password"],
        ["certutil", "-d", store, "-A", "-n", "test", "-t", "C,,", "-i", str(ca_file)],
        ["modutil", "-force", "-dbdir", store, "-add", "OpenSC", "-libfile", str(PKCS11_MODULE)],
    ):
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)
    with display(folder) as screen:
        profile = chromium.launch_persistent_context(
            folder / "profile",
            executable_path=program,
            args=[*words, "--window-size=780,580", "--window-position=0,0"],
            headless=False,
            env={**environment, "DISPLAY": screen.name},
            no_viewport=True,
        )
        try:
            yield CardBrowser(profile, screen)
        finally:
            profile.close()
