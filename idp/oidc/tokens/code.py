"""Authorization codes: sealed records that carry everything the token endpoint needs.

Nothing is stored when one is issued. Redeeming is one insert of its digest, refused where that stands already; it
is also the tombstone by which a replay is known.
"""

import hashlib
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from idp import base64url
from idp.agents.acting import Acting
from idp.keys.sealing import Place, SealBroken, TenantKeys
from idp.login.previous import Previous

_PLACE = Place("code", b"", "record")


class CodeInvalid(Exception):
    """Not a code of this tenant, or no longer one."""


class Code(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a code stands for. Binary members are hexadecimal; times in seconds since 1970.

    `acr` is what the ID token says, `earned` the level of the login. `userinfo`: what UserInfo is asked for by
    `claims` (`ClaimsRequest.for_userinfo`).
    `id_token`: what it is asked for of a person's attributes, in the same way; `accepted_at`: when the login was.
    `dpop_jkt`: the key of which a proof must be shown with the code.
    `signature`: what was found of the signature certificate (`Seen.to_json`), empty where the service did not ask.
    `targets`: at which resources the service may act (`targets.py`).
    `procedure`: what the resident applies for, empty for nothing named; `application`: the claim of what they
    signed of it, JSON, empty for nothing.
    `organization`: the claim of for whom they signed in, JSON, empty of residents.
    `handed`: names of the attributes that were let go in this login; `browser`: which one it was, coarsely.
    `s_hash`: of the request's state; the ID token is bound to it.
    `acting`: by what an agent acts (`Acting.to_text`), empty for oneself; `agent_sub`: their number there.
    `goes_on`: the browser may go on to other services without a new proof; `continued`: it has.
    """

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    auth_time: int | None
    transaction_id: str
    pair_id: str
    sub: str
    acr: str
    earned: str
    amr: str
    evidence: str | None
    session_digest: str
    userinfo: str
    goes_on: bool
    continued: bool
    expires_at: int
    previous_sub: str = ""
    s_hash: str | None = None
    dpop_jkt: str | None = None
    previous_iss: str = ""
    previous_until: int = 0
    id_token: str = ""
    accepted_at: int = 0
    targets: str = ""
    procedure: str = ""
    signature: str = ""
    handed: str = ""
    browser: str = ""
    application: str = ""
    organization: str = ""
    acting: str = ""
    agent_sub: str = ""

    def __repr__(self) -> str:
        """Which login's it is, and nothing of its person."""
        return f"Code(client_id={self.client_id!r}, transaction_id={self.transaction_id!r})"

    @property
    def by_agent(self) -> Acting | None:
        """By what somebody acts for the person; None where they signed in themselves."""
        return Acting.from_text(self.acting) if self.acting else None

    @property
    def previous(self) -> Previous | None:
        """By which number the service knew the person before."""
        if not self.previous_sub:
            return None
        return Previous(self.previous_sub, self.previous_iss, self.previous_until)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Code)


class CodeOver(CodeInvalid):
    """A code of this tenant that is over its minute: who shows it may have stolen it."""

    def __init__(self, code: Code, shown: "Shown") -> None:
        super().__init__("the code is over")
        self.code = code
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as it was shown. The digest is over the sealed bytes, so that no other spelling is another code."""

    text: str = field(repr=False)
    digest: bytes = field(repr=False)


def seal(keys: TenantKeys, code: Code) -> str:
    """The code as it travels: base64url of the sealed record."""
    return base64url.encode(keys.seal(_PLACE, _ENCODER.encode(code)))


def open_code(keys: TenantKeys, unverified: str, *, now: int) -> tuple[Code, Shown]:
    """The code and how it was shown.

    Raises CodeInvalid for anything that this tenant did not seal, CodeOver for a code that is over.
    """
    try:
        sealed = base64url.decode_loosely(unverified)
        code = _DECODER.decode(keys.open(_PLACE, sealed))
    except (ValueError, SealBroken) as error:  # ValueError also for what another version of us has sealed
        raise CodeInvalid("not a code of this tenant") from error
    shown = Shown(unverified, hashlib.sha256(sealed).digest())
    if now >= code.expires_at:
        raise CodeOver(code, shown)
    return code, shown
