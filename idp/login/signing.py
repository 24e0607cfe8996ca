"""What a transaction is for that collects a signature instead of a login: a statement, who signs it, who waits.

Card login protocol, section 3, "consent and application signing". What is done with it stands in
`idp/consent_signing`; a transaction of this kind founds no session and is nobody's login. Pure.
"""

import json
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Signing:
    """`purpose` names what the signature is for; `statement`: what is read and signed, exactly.

    `sealed_person`: the handle of the person who is to sign, base64. `back`: the path below the issuer where the
    browser goes on. `kept_days`: for how long the signed proof is kept.
    """

    purpose: str
    statement: str = field(repr=False)
    sealed_person: str = field(repr=False)
    back: str
    kept_days: int

    def __str__(self) -> str:
        """As the transaction keeps it."""
        return json.dumps({name: getattr(self, name) for name in Signing.__slots__}, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str) -> "Signing | None":
        """Undo `str`; the empty text is a login's."""
        return cls(**json.loads(text)) if text else None
