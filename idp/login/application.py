"""The application that a service hands over by its digest, to be signed in a login. Pure.

The contract, section "Claims", `signed_application`. A digest travels as base64url without padding, and is shown
to residents in hexadecimal, in groups that can be compared.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from idp import base64url

BYTES: Mapping[str, int] = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""The algorithms that we take, by their names in IANA's registry of named information, and their lengths."""
_GROUP = 4
_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Application:
    """`digest` by `alg`, as `require` lets them be; `required`: the service wants nobody without the signature."""

    digest: str
    alg: str
    required: bool = False

    def __str__(self) -> str:
        """As the transaction keeps it."""
        return json.dumps([self.digest, self.alg, self.required])

    @classmethod
    def parse(cls, text: str) -> "Application | None":
        """Undo `str`; the empty text is no application."""
        return cls(*json.loads(text)) if text else None

    def require(self) -> None:
        """Return if it is a digest. Raises ValueError, with a sentence that quotes nothing."""
        if self.alg not in BYTES:
            raise ValueError(f"alg is one of {', '.join(BYTES)}")
        try:
            raw = base64url.decode(self.digest)
        except ValueError as error:
            raise ValueError("digest is not base64url without padding") from error
        if len(raw) != BYTES[self.alg]:
            raise ValueError("digest has another length than alg gives")

    @property
    def lines(self) -> tuple[str, ...]:
        """The digest in hexadecimal, eight groups of four digits in a line."""
        digits = base64url.decode(self.digest).hex()
        groups = [digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)]
        return tuple(" ".join(groups[at : at + _GROUPS]) for at in range(0, len(groups), _GROUPS))


@dataclass(frozen=True, slots=True)
class SignedApplication:
    """One that the person who signed in has signed. `signed_at` in seconds since 1970."""

    digest: str
    alg: str
    signed_at: int
