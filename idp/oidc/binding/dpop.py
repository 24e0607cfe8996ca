"""DPoP proofs: a client shows that it holds the key to which a token is bound (RFC 9449). Pure.

What a proof is for stands in it: one method, one URL, one moment, our nonce and, with an access token, its hash.
Whether it was shown before is the caller's to ask (`proofs.py`).
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError

from idp import base64url, strict_json
from idp.keys.encryption import PublicKey
from idp.keys.signing import Algorithms
from idp.services import client_keys
from idp.services.client_keys import KeysRefused
from idp.tenants.tenancy import origin_of

ALGS = ("ES256", "PS256", "EdDSA")
"""Signatures of a proof: those of the strictest profile, for every service."""
CLOCK_SECONDS = 60
"""How far a proof's time may be from ours."""
LONGEST = 4096
"""Of a proof, in characters: one with an RSA key of 4096 bits has 2500."""
_LONGEST_JTI = 256
_TYPE = "dpop+jwt"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_RULES = frozenset({"crit", "b64", "zip", "jku", "x5u", "x5c", "x5t", "x5t#S256"})
"""Members of a header that ask for rules that we do not follow, or for keys from elsewhere.

Any other that we do not know is ignored (RFC 7515 section 4).
"""


class ProofRefused(Exception):
    """A proof that shows nothing. The sentence says why, without quoting it; `error` is RFC 9449's name for it."""

    error = "invalid_dpop_proof"


class NonceWanted(ProofRefused):
    """It is right, but for our nonce."""

    error = "use_dpop_nonce"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a proof must be for. `urls`: by which the place is known, without query and fragment; `now` in seconds
    since 1970.

    `is_nonce`: whether a nonce is one that we gave lately. `access_token`: the one that came along, None for none.
    """

    method: str
    urls: Collection[str]
    now: int
    is_nonce: Callable[[str], bool]
    access_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: the thumbprint of its key (RFC 7638), and by what it is known again until `over_at`."""

    jkt: str
    jti: str
    over_at: int


def read(unverified: str, expected: Expected) -> Proof:
    """The proof. Raises ProofRefused for anything else than RFC 9449 section 4.3 asks; NonceWanted."""
    if len(unverified) > LONGEST or not _COMPACT.fullmatch(unverified):
        raise ProofRefused("not a JWS in compact form")
    key, alg = _key(unverified)
    try:
        payload = jws.deserialize_compact(
            unverified, key, registry=Algorithms([alg], longest_header=LONGEST, unknown=True)
        ).payload
        members = strict_json.members(payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProofRefused("the signature or the payload is wrong") from error
    issued = _require_time(members, expected.now)
    jti = members.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise ProofRefused("jti is missing or too long")
    if members.get("htm") != expected.method or _without_query(members.get("htu")) not in expected.urls:
        raise ProofRefused("it is for another method or address")
    _require_token(members, expected.access_token)
    nonce = members.get("nonce")
    if not isinstance(nonce, str) or not expected.is_nonce(nonce):
        raise NonceWanted("our nonce is missing, or too old")
    return Proof(key.thumbprint(), jti, issued + CLOCK_SECONDS + 1)


def nonce_in(unverified: str) -> object:
    """What stands as nonce in something that may be a proof, its signature not looked at; None for nothing.

    Raises ProofRefused for what has no payload.
    """
    if len(unverified) > LONGEST or not _COMPACT.fullmatch(unverified):
        raise ProofRefused("not a JWS in compact form")
    try:
        return strict_json.members(base64url.decode(unverified.split(".")[1])).get("nonce")
    except (ValueError, RecursionError) as error:
        raise ProofRefused("the payload is not a JSON object") from error


def hash_of(access_token: str) -> str:
    """`ath` of an access token (section 4.2)."""
    return base64url.encode(hashlib.sha256(access_token.encode()).digest())


def _key(unverified: str) -> tuple[PublicKey, str]:
    """The public key that the header brings, and the algorithm that it names."""
    try:
        first, _, _ = unverified.split(".")
        header = strict_json.members(base64url.decode(first))
    except ValueError as error:
        raise ProofRefused("the header is not a JSON object") from error
    alg, typ = header.get("alg"), header.get("typ")
    if not isinstance(typ, str) or typ.lower() not in (_TYPE, f"application/{_TYPE}") or alg not in ALGS:
        raise ProofRefused(f"typ is not {_TYPE}, or alg is none of {', '.join(ALGS)}")
    if header.keys() & _RULES:
        raise ProofRefused("the header asks for rules or keys that are not the proof's own")
    try:
        [key] = client_keys.read({"keys": [header.get("jwk")]})
    except KeysRefused as error:
        raise ProofRefused(f"jwk: {error}") from error
    if not client_keys.for_alg([key], str(alg)):
        raise ProofRefused("jwk is not for the algorithm")
    return key, str(alg)


def _require_time(members: Mapping[str, object], now: int) -> int:
    """`iat` near our clock; `exp` and `nbf`, which a proof need not have, as everywhere."""
    issued, ends, begins = (_moment(members, name) for name in ("iat", "exp", "nbf"))
    if issued is None or abs(issued - now) > CLOCK_SECONDS:
        raise ProofRefused("iat is missing, or not of this minute")
    if (ends is not None and ends <= now) or (begins is not None and begins > now + CLOCK_SECONDS):
        raise ProofRefused("exp is over, or nbf ahead")
    return issued


def _moment(members: Mapping[str, object], name: str) -> int | None:
    value = members.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProofRefused(f"{name} is not a time")
    return int(value)


def _without_query(unverified: object) -> str:
    """`htu` in its canonical form, empty for anything that is no URL (section 4.3, RFC 3986 section 6.2.2)."""
    try:
        parts = urlsplit(unverified if isinstance(unverified, str) else "")
        return origin_of(parts.geturl()) + parts.path if parts.scheme and parts.hostname else ""
    except ValueError:
        return ""


def _require_token(members: Mapping[str, object], access_token: str | None) -> None:
    if access_token is not None and members.get("ath") != hash_of(access_token):
        raise ProofRefused("it is for another access token")
