"""A signature as it stands in a document, proven by the key beside it and by nothing else yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAX_DOCUMENT_BYTES = 5 * 1024 * 1024
MAX_SIGNATURES = 8
MAX_CERTIFICATES = 16
MAX_TOKENS = 8
"""Time stamps of one signature."""
MAX_ATTRIBUTES = 64
MAX_ENCLOSED = 32
"""Revocation lists and answers that stand beside one signature."""


class Form(StrEnum):
    """Forms of signed documents."""

    CMS = "cms"
    PDF = "pdf"
    XML = "xml"
    JWS = "jws"


class Fault(StrEnum):
    """Why a signature proves nothing, whoever made it. Values are stable and public."""

    CONTENT_ALTERED = "content_altered"
    """What is there is not what was signed."""
    SIGNATURE_INVALID = "signature_invalid"
    """The certificate's key did not make this signature."""
    ALGORITHM_REFUSED = "algorithm_refused"
    CERTIFICATE_MISSING = "certificate_missing"
    """Of the signer, or one that is named otherwise than the signature says."""
    ATTRIBUTES_MISSING = "signed_attributes_missing"
    NOT_COVERED = "not_covered"
    """It covers another part of the document than the one that counts, or not all of it."""
    CHANGED_AFTER_SIGNING = "changed_after_signing"


class Coverage(StrEnum):
    """What a signature covers."""

    WHOLE = "whole"
    """The whole document."""
    WHOLE_THEN_SIGNED = "whole_then_signed_again"
    """The whole document of that time; since then nothing but signatures and their evidence was added."""
    ELEMENT = "element"
    """The one element that was asked for."""
    PART = "part"


class Unreadable(ValueError):
    """A document that is none of its form; the sentence says what was expected and repeats nothing."""


class TooMuch(ValueError):
    """A document with more of something than we read."""


class NotInstalled(Exception):
    """Documents of that form need the optional dependency `documents`, which is not installed."""


def require_few(items: Sequence[object], greatest: int, what: str) -> None:
    """Raises TooMuch."""
    if len(items) > greatest:
        raise TooMuch(f"more than {greatest} {what}")


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp token in DER (RFC 3161), and what it must be about to say something of the signature."""

    der: bytes = field(repr=False)
    about: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Revocation lists and OCSP responses that stand in a document, in DER; nothing of it is believed yet."""

    lists: tuple[bytes, ...] = field(default=(), repr=False)
    answers: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        require_few((*self.lists, *self.answers), MAX_ENCLOSED, "revocation lists and answers")

    def __add__(self, other: "Enclosed") -> "Enclosed":
        return Enclosed((*self.lists, *other.lists), (*self.answers, *other.answers))


EMPTY = Enclosed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One signature. `signer`: its certificate in DER, None without one; `pool`: other certificates beside it.

    `fault`: None where the signer's key made it over what is there. `claimed_at`: when it was made, as it says
    itself.
    """

    signer: bytes | None = field(default=None, repr=False)
    pool: tuple[bytes, ...] = field(default=(), repr=False)
    fault: Fault | None = None
    coverage: Coverage = Coverage.WHOLE
    claimed_at: datetime | None = None
    tokens: tuple[Token, ...] = ()
    enclosed: Enclosed = EMPTY
