"""A share of a PPID key as its holder keeps it: a few lines of text, printable and typed in again without harm.

    ppid-idp-share/1
    tenant aoba
    key-version 1
    ceremony 0f3a9c51
    share 2 of 5, any 3 give the key
    MZXW 6YTB ...

The last line is base32 (RFC 4648) of the share's 32 bytes and the first 4 of SHA-256 over what is above and them.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

FORMAT = "ppid-idp-share/1"
SHARE_BYTES = 32
MAX_CHARACTERS = 1024
_CHECK_BYTES = 4
_HEAD = re.compile(
    r"tenant (?P<tenant>[a-z0-9-]{1,64})\n"
    r"key-version (?P<version>[1-9][0-9]{0,8})\n"
    r"ceremony (?P<ceremony>[0-9a-f]{8})\n"
    r"share (?P<number>[1-9][0-9]{0,2}) of (?P<total>[1-9][0-9]{0,2}), "
    r"any (?P<needed>[1-9][0-9]{0,2}) give the key"
)


class ShareUnreadable(ValueError):
    """A text that is no share, or was copied wrongly; nothing of it is in the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One share. `ceremony`: 8 hexadecimal digits, the same on all shares of one key."""

    tenant_id: str
    version: int
    ceremony: str
    number: int
    total: int
    needed: int
    value: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the share's bytes, which are random: it tells whether it is the one, and nothing else."""
        return hashlib.sha256(self.value).hexdigest()


def write(share: Share) -> str:
    """The text of a share."""
    head = _head(share)
    code = base64.b32encode(share.value + _check(head, share.value)).decode().rstrip("=")
    groups = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    return f"{FORMAT}\n{head}\n{groups}\n"


def read(text: str) -> Share:
    """Undo `write`; case and spaces of the last line do not matter. Raises ShareUnreadable."""
    lines = [line.strip() for line in text[: MAX_CHARACTERS + 1].splitlines() if line.strip()]
    if len(text) > MAX_CHARACTERS or len(lines) < 6 or lines[0] != FORMAT:
        raise ShareUnreadable("this is no share of a key")
    head = _HEAD.fullmatch("\n".join(lines[1:5]))
    if head is None:
        raise ShareUnreadable("the lines of this share are not as they were written")
    value, check = _decoded("".join(lines[5:]))
    share = Share(
        tenant_id=head["tenant"],
        version=int(head["version"]),
        ceremony=head["ceremony"],
        number=int(head["number"]),
        total=int(head["total"]),
        needed=int(head["needed"]),
        value=value,
    )
    if check != _check(_head(share), value):
        raise ShareUnreadable("this share was copied wrongly: its check does not fit")
    return share


def _head(share: Share) -> str:
    return (
        f"tenant {share.tenant_id}\nkey-version {share.version}\nceremony {share.ceremony}\n"
        f"share {share.number} of {share.total}, any {share.needed} give the key"
    )


def _decoded(code: str) -> tuple[bytes, bytes]:
    letters = re.sub(r"[\s-]", "", code).upper()
    try:
        decoded = base64.b32decode(letters + "=" * (-len(letters) % 8), map01="I")
    except (binascii.Error, ValueError):
        decoded = b""
    canonical = base64.b32encode(decoded).decode().rstrip("=")  # the last letter has bits that say nothing
    if len(decoded) != SHARE_BYTES + _CHECK_BYTES or letters.replace("1", "I") != canonical:
        raise ShareUnreadable("the last line of this share has other letters than were written")
    return decoded[:SHARE_BYTES], decoded[SHARE_BYTES:]


def _check(head: str, value: bytes) -> bytes:
    return hashlib.sha256(FORMAT.encode() + b"\n" + head.encode() + b"\n" + value).digest()[:_CHECK_BYTES]
