"""Canaries: values of people that must not stand where we look, in every spelling in which they could."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

RUN = 15
"""So many bytes of a spelling in a row are found, wherever they begin."""
_WINDOW, _STEP = 12, 4
"""A run of 15 bytes holds a window of 12 that begins at a multiple of 4."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A value with a name to report it by. `kind`: `text`, `number` or `ppid` (base64url of 32 bytes)."""

    name: str
    kind: str
    value: str | int

    def spellings(self) -> list[bytes]:
        """As text, number and bytes, in hexadecimal and in base64 at each of its three alignments; lower case."""
        return [spelled.lower() for spelled in self._spellings() if len(spelled) >= RUN]

    def _spellings(self) -> Iterator[bytes]:
        for raw in self._raw():
            yield from (raw, raw.hex().encode(), raw.hex(":").encode(), *_base64(raw))
        for text in self._texts():
            yield from (text.encode("utf-16-le"), text.encode("utf-16-be"), quote(text, safe="").encode())
            yield from (json.dumps(text)[1:-1].encode(), "".join(f"&#{ord(sign)};" for sign in text).encode())

    def _raw(self) -> list[bytes]:
        raw = [text.encode() for text in self._texts()]
        if isinstance(self.value, int):
            raw.append(self.value.to_bytes((self.value.bit_length() + 7) // 8, "big"))
        if self.kind == "ppid":
            raw.append(base64.urlsafe_b64decode(f"{self.value}="))
        return raw

    def _texts(self) -> list[str]:
        return [str(self.value), f"{self.value:x}"] if isinstance(self.value, int) else [self.value]


class Search:
    """Looks for many canaries at once."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._names: dict[bytes, str] = {}
        for canary in canaries:
            for spelled in canary.spellings():
                for at in range(len(spelled) - _WINDOW + 1):
                    self._names[spelled[at : at + _WINDOW]] = canary.name

    def found_in(self, content: bytes) -> set[str]:
        """The names of the canaries of which a run stands in it, whatever the case of its letters."""
        content, names = content.lower(), self._names
        windows = (content[at : at + _WINDOW] for at in range(0, len(content) - _WINDOW + 1, _STEP))
        return {names[window] for window in windows if window in names}

    def places(self, contents: Mapping[str, bytes]) -> dict[str, set[str]]:
        """Where something is found -> what; empty when nothing is."""
        found = {place: self.found_in(content) for place, content in contents.items()}
        return {place: names for place, names in found.items() if names}


def _base64(raw: bytes) -> Iterator[bytes]:
    """The signs that depend on nothing but `raw`, wherever it begins in a longer text."""
    for shift, skipped in enumerate((0, 2, 3)):
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            encoded = encode(bytes(shift) + raw).rstrip(b"=")
            yield encoded[skipped : (shift + len(raw)) * 8 // 6]
