"""What a later signature may show on a page that was signed before: only where the first signer saw a field.

A signature's field has an appearance, which may be any picture. A field that is added or uncovered later can lay
one over the text; one that loses its picture can lay bare what it hid. Then the page says what nobody signed, even
if the field itself is never signed. Imported by `pdf_structure.py` alone, in its process.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pyhanko.sign.diff_analysis import FieldMDPRule, SuspiciousModification

_HIDDEN, _NO_VIEW = 2, 32
"""Flags of annotations (ISO 32000-2, table 167). What is not viewed may still be printed."""


class NothingNewIsSeen(FieldMDPRule):
    """Refuses later revisions that show a signature's field where none was seen, or another picture in one."""

    def apply(self, context: Any) -> Iterator[Any]:
        """Allows nothing by itself. Raises SuspiciousModification."""
        for spec in context.field_specs.values():
            if spec.field_type == "/Sig" and spec.new_field is not None:
                _require(spec.old_field, spec.new_field)
        return iter(())


def _require(old: Any, new: Any) -> None:
    """Raise SuspiciousModification for a field that is seen elsewhere than before, or looks otherwise."""
    before = Counter(_rect(one) for one in _widgets(old) if _was_seen(one))
    now = Counter(_rect(one) for one in _widgets(new) if _may_be_seen(one))
    if now - before:
        raise SuspiciousModification("a field is seen where none was")
    if before and any("/AP" in one for one in _widgets(old)) and _looks(old) != _looks(new):
        raise SuspiciousModification("a field looks otherwise than it did")


def _widgets(field: Any) -> list[Any]:
    """The field's places on pages: it is one itself, or its kids are."""
    if field is None:
        return []
    return [field, *(kid.get_object() for kid in field.get("/Kids", ()))]


def _rect(widget: Any) -> tuple[float, ...]:
    """Where it is on its page; empty where it has no area."""
    try:
        left, bottom, right, top = (float(one) for one in widget["/Rect"])
    except (KeyError, TypeError, ValueError):
        return ()
    return (left, bottom, right, top) if left != right and bottom != top else ()


def _may_be_seen(widget: Any) -> bool:
    return bool(_rect(widget)) and not _flags(widget) & _HIDDEN


def _was_seen(widget: Any) -> bool:
    """Whether whoever looked at a screen has seen it for sure: no layer (`/OC`) could hide it."""
    return bool(_rect(widget)) and not _flags(widget) & (_HIDDEN | _NO_VIEW) and "/OC" not in widget


def _flags(widget: Any) -> int:
    return int(widget["/F"]) if "/F" in widget else 0


def _looks(field: Any) -> list[str]:
    return [repr(one.raw_get("/AP")) if "/AP" in one else "" for one in _widgets(field)]
