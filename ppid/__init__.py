"""Pairwise pseudonymous identifiers: one number per person and sector, unlinkable without the key.

Pure: the standard library only, no I/O. The byte format and known-answer vectors stand in README.md.
"""

from ppid.derive import derive, message
from ppid.errors import (
    GenerationRefused,
    HandleRefused,
    KeyRefused,
    KeyVersionRefused,
    PpidError,
    SectorIdRefused,
    TagRefused,
    TenantIdRefused,
)
from ppid.keys import LocalMac
from ppid.mac import Mac

__all__ = [
    "GenerationRefused",
    "HandleRefused",
    "KeyRefused",
    "KeyVersionRefused",
    "LocalMac",
    "Mac",
    "PpidError",
    "SectorIdRefused",
    "TagRefused",
    "TenantIdRefused",
    "derive",
    "message",
]
