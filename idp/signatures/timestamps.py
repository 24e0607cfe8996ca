"""Time stamp tokens (RFC 3161): what they stamped and when; who made them is judged elsewhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from asn1crypto import tsp

from idp.signatures import cms, proving
from idp.signatures.found import Found, Token, TooMuch, Unreadable


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token that its own key proves. `made_at`: when, as whoever made it says."""

    made_at: datetime
    found: Found = field(repr=False)


def read(token: Token) -> Stamp | None:
    """The token, if it is one, proven by its key, and about what it must be about; else None."""
    try:
        signed = cms.parse(token.der)
        content = cms.content_of(signed, cms.TIMESTAMP)
        (found,) = cms.signatures(signed, cms.TIMESTAMP, content)
        if content is None or found.fault is not None:
            return None
        info = tsp.TSTInfo.load(content, strict=True)
        imprint = info["message_imprint"]
        hash_name = imprint["hash_algorithm"]["algorithm"].native
        made_at = info["gen_time"].native
        if hash_name not in proving.HASHES:
            return None
        if imprint["hashed_message"].native != proving.digest(hash_name, token.about):
            return None
        return Stamp(made_at.astimezone(UTC), found)
    except (Unreadable, TooMuch, *cms.BROKEN):
        return None
