"""Pages that differ in a few values only: the rest is rendered once and kept.

Rendering the card page takes longer than all cryptography of a login. What is kept holds the words of a page, its
tenant and its service; who came, and by which links, is never part of it.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self

from markupsafe import escape

KEPT = 256
"""Pages kept at most, some 15 KiB each; the one used longest ago goes first."""
_MARK = "\x1a"
"""Around the name of a value that is filled in: no text of ours, a tenant's or a service's holds this one."""
_MARKED = re.compile(f"{_MARK}([a-z_]+){_MARK}")


@dataclass(frozen=True, slots=True)
class Frame:
    """A page as it is sent, in `pieces`; each second of them is empty, for the value of one of `names`."""

    pieces: Sequence[bytes]
    names: Sequence[str]

    @classmethod
    def of(cls, page: str) -> Self:
        """A page in which marked names stand for values."""
        found = _MARKED.split(page)
        return cls([b"" if at % 2 else piece.encode() for at, piece in enumerate(found)], found[1::2])

    def around(self, values: Mapping[str, str]) -> bytes:
        """The page with these values, each written as templates write it."""
        written = {name: escape(value).encode() for name, value in values.items()}
        pieces = [*self.pieces]
        pieces[1::2] = [written[name] for name in self.names]
        return b"".join(pieces)


class Frames:
    """The pages kept. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Frame] = OrderedDict()

    def page(
        self,
        render: Callable[[Mapping[str, object]], str],
        context: Mapping[str, Any],
        *,
        fresh: Collection[str],
        of: Hashable,
    ) -> bytes:
        """What `render(context)` gives, where templates print the values of `fresh` as they are or ask for truth.

        `of`: on what else the rendered page depends. The values of `fresh` are texts, or None.
        """
        kept = {**context}
        filled = {name: kept.pop(name) for name in fresh if kept[name]}
        if list in map(type, kept.values()):  # which no key can hold; of texts, or of tuples of texts
            kept = {name: tuple(value) if type(value) is list else value for name, value in kept.items()}
        key = (of, tuple(filled), tuple(kept.items()))
        with self._lock:
            frame = self._kept.get(key)
            if frame is not None:
                self._kept.move_to_end(key)
        if frame is None:
            frame = Frame.of(render({**context, **{name: f"{_MARK}{name}{_MARK}" for name in filled}}))
            self._keep(key, frame)
        return frame.around(filled)

    def _keep(self, key: Hashable, frame: Frame) -> None:
        with self._lock:
            self._kept[key] = frame
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
