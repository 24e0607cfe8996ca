"""What lies on the chip, and what the chip remembers while it has power. Immutable values without behaviour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import rsa

JPKI = bytes.fromhex("D392F000260100000001")
"""公的個人認証AP"""
INPUT_SUPPORT = bytes.fromhex("D3921000310001010408")
"""券面事項入力補助AP"""
FACE_CHECK = bytes.fromhex("D3921000310001010402")
"""券面事項確認AP"""
RESIDENT_REGISTER = bytes.fromhex("D3921000310001010401")
"""住基AP"""
COMMON = bytes.fromhex("D3921000310001010100")
"""共通カードAP"""


@dataclass(frozen=True, slots=True)
class Elementary:
    """A transparent elementary file. `opened_by`: identifiers of PINs, any of which opens it; none: free."""

    content: bytes
    opened_by: frozenset[int] = frozenset()
    tripwire: bool = False


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN as the card compares it, byte by byte; `form` is what a new value must match.

    `tries_left` of `tries`; 0: blocked, or never set.
    """

    value: bytes = field(repr=False)
    tries_left: int
    tries: int
    form: re.Pattern[bytes]
    tripwire: bool = False


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA-2048 key that signs after the PIN with the identifier `pin`; `key` None: never written."""

    key: rsa.RSAPrivateKey | None
    pin: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """Can be selected; what it holds and how it is used is not public, so every use is refused."""

    tripwire: bool = False


Entry = Elementary | Pin | SigningKey | Sealed
Files = Mapping[int, Entry]


@dataclass(frozen=True, slots=True)
class Chip:
    """The applications by AID, each with its entries by file identifier."""

    applications: Mapping[bytes, Files]

    def with_pin(self, aid: bytes, identifier: int, pin: Pin) -> "Chip":
        """The same with that PIN changed."""
        files = {**self.applications[aid], identifier: pin}
        return replace(self, applications={**self.applications, aid: files})


@dataclass(frozen=True, slots=True)
class Session:
    """What goes with the power: selected application and entry, PINs shown, an answer not yet fetched."""

    aid: bytes | None = None
    current: int | None = None
    verified: frozenset[int] = frozenset()
    pending: bytes = b""
