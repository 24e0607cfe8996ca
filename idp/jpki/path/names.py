"""Distinguished names in a comparable form (RFC 5280 section 7.1): case, spaces and string type do not matter."""

import re
import unicodedata

from idp.jpki.path import der
from idp.jpki.path.limits import MAX_NAME_ATTRIBUTES, Budget
from idp.jpki.path.reasons import PathReason, PathRefusal

MAX_NAME_BYTES = 1024
_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_COST_PER_LETTER = 2
_SPACES = re.compile(r"\s+")

RdnKeys = tuple[frozenset[tuple[bytes, str | bytes]], ...]
"""One set of (attribute type, folded value) per RDN, outermost first."""


def rdn_keys(name: bytes, budget: Budget) -> RdnKeys:
    """The comparable form of a Name in canonical DER.

    Raises PathRefusal with TOO_LARGE over 1 KiB or 32 attributes, with MALFORMED for anything that is no Name.
    """
    if len(name) > MAX_NAME_BYTES:
        raise PathRefusal(PathReason.TOO_LARGE, "distinguished name")
    keys = tuple(_rdn(name, rdn, budget) for rdn in der.children(name, der.whole(name)))
    if sum(map(len, keys)) > MAX_NAME_ATTRIBUTES:
        raise PathRefusal(PathReason.TOO_LARGE, "distinguished name of too many attributes")
    return keys


def _rdn(name: bytes, rdn: der.Element, budget: Budget) -> frozenset[tuple[bytes, str | bytes]]:
    attributes = [der.children(name, attribute) for attribute in der.children(name, rdn)]
    if (
        rdn.tag != 0x31
        or not attributes
        or any([e.tag for e in a][:1] != [0x06] or len(a) != 2 for a in attributes)
    ):
        raise PathRefusal(PathReason.MALFORMED, "not a distinguished name")
    return frozenset((name[oid.content : oid.end], folded(name, value, budget)) for oid, value in attributes)


def folded(name: bytes, value: der.Element, budget: Budget) -> str | bytes:
    """One attribute value: strings folded to a common form, anything else as its whole encoding."""
    encoding = _ENCODINGS.get(value.tag)
    if encoding is None:
        return name[value.start : value.end]
    try:
        text = name[value.content : value.end].decode(encoding)
    except UnicodeDecodeError as error:
        raise PathRefusal(PathReason.MALFORMED, "string in a name") from error
    if not text.isascii():  # normalization can make eighteen letters of one
        budget.spend_elements(_COST_PER_LETTER * len(text))
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())).strip()
