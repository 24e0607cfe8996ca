"""To which key a token is bound: a DPoP key (RFC 9449 section 6) or a client certificate (RFC 8705 section 3).

As text, in codes and rows: `jkt:{thumbprint}`, `x5t#S256:{thumbprint}`, or empty for none; `jkt:` for whatever key
a proof shows. Pure.
"""

from dataclasses import dataclass
from typing import Self

_JKT, _X5T = "jkt", "x5t#S256"


@dataclass(frozen=True, slots=True)
class Binding:
    """One key. `member`: of the confirmation claim; `thumbprint`: SHA-256, base64url; both empty for no key.

    `thumbprint` alone is empty for any key of that kind.
    """

    member: str = ""
    thumbprint: str = ""

    def __bool__(self) -> bool:
        return bool(self.member)

    @property
    def is_dpop(self) -> bool:
        """Whether proofs show it."""
        return self.member == _JKT

    @property
    def token_type(self) -> str:
        """How an access token is shown that is bound to it."""
        return "DPoP" if self.is_dpop else "Bearer"

    @property
    def text(self) -> str:
        """As it is kept."""
        return f"{self.member}:{self.thumbprint}" if self else ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Undo `text`."""
        member, _, thumbprint = text.partition(":")
        return cls(member, thumbprint)

    def cnf(self) -> dict[str, object]:
        """The confirmation claim, for whoever asks about the token (RFC 7800)."""
        return {"cnf": {self.member: self.thumbprint}} if self.thumbprint else {}

    def is_met_by(self, shown: Self) -> bool:
        """Whether a request that shows that key may use what is bound so."""
        return not self or self == shown or (self.member == shown.member and not self.thumbprint)


UNBOUND = Binding()
ANY_DPOP_KEY = Binding(_JKT)
"""A proof has to be shown, of whichever key."""


def to_dpop_key(thumbprint: str) -> Binding:
    """To the key of a proof."""
    return Binding(_JKT, thumbprint)


def to_certificate(thumbprint: str) -> Binding:
    """To a client certificate: SHA-256 over its DER."""
    return Binding(_X5T, thumbprint)
