"""Pages that differ in a few values only: the rest is rendered once and kept.

Rendering the card page takes longer than all cryptography of a login. What is kept holds the words of a page, its
tenant and its service; who came, and by which links, is never part of it.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from threading import Lock

from markupsafe import escape

KEPT = 256
"""Pages kept at most, some 15 KiB each; the one used longest ago goes first."""
_MARK = "\x1a"
"""Around the name of a value that is filled in: no text of ours, a tenant's or a service's holds this one."""
_MARKED = re.compile(f"{_MARK}([a-z_]+){_MARK}")
_ESCAPED = {ord(character): str(escape(character)) for character in "&<>'\""}
"""What templates write for each. `escape` would ask of every value whether it is HTML already; these are texts."""

Frame = Sequence[str]
"""Pieces of HTML and names of values, in turn."""


class Frames:
    """The pages kept. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, Frame] = OrderedDict()

    def page(
        self,
        render: Callable[[Mapping[str, object]], str],
        context: Mapping[str, object],
        *,
        fresh: Collection[str],
        of: Hashable,
    ) -> str:
        """What `render(context)` gives, where templates print the values of `fresh` as they are or ask for truth.

        `of`: on what else the rendered page depends. The values of `fresh` are texts, or None.
        """
        filled = {name: value for name in fresh if (value := context[name])}
        kept = {
            name: tuple(value) if isinstance(value, list) else value  # lists of texts, or of tuples of texts
            for name, value in context.items()
            if name not in filled
        }
        key = (of, tuple(filled), tuple(kept.items()))
        with self._lock:
            frame = self._kept.get(key)
            if frame is not None:
                self._kept.move_to_end(key)
        if frame is None:
            frame = _MARKED.split(render({**context, **{name: f"{_MARK}{name}{_MARK}" for name in filled}}))
            self._keep(key, frame)
        pieces = list(frame)
        pieces[1::2] = [str(filled[name]).translate(_ESCAPED) for name in pieces[1::2]]
        return "".join(pieces)

    def _keep(self, key: Hashable, frame: Frame) -> None:
        with self._lock:
            self._kept[key] = frame
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
