"""Makes `jpki-login:` addresses open the card program: what each system wants to be told.

On Linux it is done here (XDG desktop entry and MIME association, for this person alone). For Windows and macOS
the text is printed that an administrator puts in place.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from xml.sax.saxutils import escape

SCHEME = "jpki-login"
DESKTOP_FILE = "idp-card.desktop"
MIME_TYPE = f"x-scheme-handler/{SCHEME}"
System = Literal["linux", "windows", "macos"]
SYSTEMS: tuple[System, ...] = get_args(System)
_SECONDS = 10


class HandlerUnavailable(Exception):
    """The association cannot be made or undone here; the message says what is missing."""


def desktop_entry(program: str, *, dev: bool = False) -> str:
    """The XDG desktop entry. `--` keeps an address from ever being read as an option.

    `dev`: as the program's `--dev`, for whoever tries a provider on this very computer.
    """
    options = "--window --dev" if dev else "--window"
    quoted = program.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$")
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            "Name=idp-card",
            "Name[ja]=カードでログイン",
            f'Exec="{quoted.replace("%", "%%")}" login {options} -- %u',
            "NoDisplay=true",
            "Terminal=false",
            f"MimeType={MIME_TYPE};",
            "",
        )
    )


def registry_script(program: str) -> str:
    """A Windows registry script for the current user, with CR LF."""
    command = f'"{program}" login --window -- "%1"'.replace("\\", "\\\\").replace('"', '\\"')
    key = f"HKEY_CURRENT_USER\\Software\\Classes\\{SCHEME}"
    return "\r\n".join(
        (
            "Windows Registry Editor Version 5.00",
            "",
            f"[{key}]",
            '@="URL:JPKI login"',
            '"URL Protocol"=""',
            "",
            f"[{key}\\shell\\open\\command]",
            f'@="{command}"',
            "",
        )
    )


def property_list() -> str:
    """The part of an application bundle's Info.plist by which macOS hands it the addresses."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>CFBundleURLTypes</key>
  <array>
    <dict>
      <key>CFBundleURLName</key>
      <string>JPKI login</string>
      <key>CFBundleURLSchemes</key>
      <array><string>{escape(SCHEME)}</string></array>
    </dict>
  </array>
</dict>
</plist>
"""


def text_for(system: System, program: str) -> str:
    """What that system is told."""
    match system:
        case "linux":
            return desktop_entry(program)
        case "windows":
            return registry_script(program)
        case "macos":
            return property_list()


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopHandler:
    """The association of one person on a Linux desktop. `data_home`: XDG_DATA_HOME."""

    data_home: Path
    program: str

    @property
    def entry(self) -> Path:
        """Where the desktop entry lies."""
        return self.data_home / "applications" / DESKTOP_FILE

    @property
    def installed(self) -> bool:
        """Whether the entry is there and starts this very program."""
        try:
            text = self.entry.read_text(encoding="utf-8")
        except OSError:
            return False
        return text in (desktop_entry(self.program), desktop_entry(self.program, dev=True))

    def install(self, *, dev: bool = False) -> None:
        """Write the entry and make it the default. Raises HandlerUnavailable."""
        xdg_mime = shutil.which("xdg-mime")
        if xdg_mime is None:
            raise HandlerUnavailable("xdg-mime is missing (Debian package xdg-utils)")
        try:
            self.entry.parent.mkdir(parents=True, exist_ok=True)
            self.entry.write_text(desktop_entry(self.program, dev=dev), encoding="utf-8")
            words = [xdg_mime, "default", DESKTOP_FILE, MIME_TYPE]
            subprocess.run(words, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise HandlerUnavailable("the desktop entry cannot be put in place") from error

    def remove(self) -> None:
        """Take the entry away; an association without one leads nowhere. Raises HandlerUnavailable."""
        try:
            self.entry.unlink(missing_ok=True)
        except OSError as error:
            raise HandlerUnavailable("the desktop entry cannot be removed") from error
