"""JWS (RFC 7515): compact, flattened or general JSON; with its payload inside, or detached from it (appendix F).

The signer's certificates stand in `x5c`. A `crit` of anything but JAdES's `sigT` is refused, and with it the
unencoded payload of RFC 7797. What JAdES adds later (`etsiU`) `jades.py` reads.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from idp import base64url, strict_json
from idp.signatures import jades, proving
from idp.signatures.found import (
    MAX_CERTIFICATES,
    MAX_SIGNATURES,
    Fault,
    Found,
    TooMuch,
    Unreadable,
    require_few,
)
from idp.signatures.jades import NOTHING, Added

_COMPACT_PARTS = 3
_UNDERSTOOD = ["sigT"]
"""The one `crit` that we take: JAdES's claimed time (ETSI TS 119 182-1 v1.1.1 section 5.2.1)."""
_REFUSED = {"b64", "sigD"}
"""Parameters by which something else is signed than the payload as it stands."""


def read(document: bytes, content: bytes | None = None) -> list[Found]:
    """Every signature of a JWS. `content`: what it is detached from. Raises Unreadable as `cms.read`, TooMuch."""
    payload, signatures = _parts(document)
    if not payload and content is None:
        raise Unreadable("the payload is empty, and content is missing")
    if payload and content is not None and payload != base64url.encode(content):
        raise Unreadable("the payload is not the content given")
    require_few(signatures, MAX_SIGNATURES, "signatures")
    return [_found(one, payload or base64url.encode(content or b"")) for one in signatures]


class _Part(NamedTuple):
    """One signature: its protected header and its value in base64url, and what stands beside it."""

    protected: str
    signature: str
    added: Added = NOTHING


def _parts(document: bytes) -> tuple[str, list[_Part]]:
    """The payload in base64url, and the signatures."""
    try:
        text = document.decode("ascii").strip()
        if not text.startswith("{"):
            protected, payload, signature = text.split(".", _COMPACT_PARTS)
            base64url.decode(payload)
            return payload, [_Part(protected, signature)]
        members = _object(strict_json.parse(document))
        listed = members.get("signatures", [members])
        if not isinstance(listed, list) or not listed:
            raise Unreadable("no signature")
        if "signatures" in members and "signature" in members:
            raise Unreadable("flattened and general at once")
        payload = _text(members, "payload")
        base64url.decode(payload)
        return payload, [_signature(_object(one)) for one in listed]
    except ValueError as error:
        ours = isinstance(error, (Unreadable, TooMuch))
        raise error if ours else Unreadable("not a JWS") from error


def _signature(members: Mapping[str, object]) -> _Part:
    """Nothing unprotected counts but what JAdES adds after the signature was made."""
    header = _object(members.get("header", {}))
    if not header.keys() <= {jades.MEMBER}:
        raise Unreadable("an unprotected header")
    signature = _text(members, "signature")
    return _Part(_text(members, "protected"), signature, jades.read(header.get(jades.MEMBER, []), signature))


def _found(part: _Part, payload: str) -> Found:
    protected, signature, added = part
    try:
        header = _object(strict_json.parse(base64url.decode(protected)))
        value = base64url.decode(signature)
    except ValueError as error:
        raise Unreadable("an unreadable header or signature") from error
    chain = _chain(header)
    if not chain:
        return Found(fault=Fault.CERTIFICATE_MISSING)
    return Found(
        signer=chain[0],
        pool=(*chain[1:], *added.certificates),
        fault=_fault(header, chain[0], value, f"{protected}.{payload}".encode()),
        claimed_at=_claimed(header),
        tokens=added.tokens,
        enclosed=added.enclosed,
    )


def _fault(header: Mapping[str, object], signer: bytes, signature: bytes, signed: bytes) -> Fault | None:
    critical = header.get("crit", _UNDERSTOOD)
    if critical != _UNDERSTOOD or not header.keys().isdisjoint(_REFUSED):
        return Fault.ALGORITHM_REFUSED
    if "crit" in header and "sigT" not in header:
        return Fault.ALGORITHM_REFUSED
    fault = proving.fault_of_jose(str(header.get("alg")), signer, signature, signed)
    if fault is not None:
        return fault
    thumbprint = base64url.encode(hashlib.sha256(signer).digest())
    return Fault.CERTIFICATE_MISSING if header.get("x5t#S256", thumbprint) != thumbprint else None


def _chain(header: Mapping[str, object]) -> list[bytes]:
    """The certificates of `x5c` (section 4.1.6), the signer's first; none where one cannot be read."""
    listed = header.get("x5c")
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return []
    require_few(listed, MAX_CERTIFICATES, "certificates")
    try:
        return [base64.b64decode(one, validate=True) for one in listed]
    except ValueError:
        return []


def _claimed(header: Mapping[str, object]) -> datetime | None:
    """`iat`, seconds since 1970, or JAdES's `sigT` (ETSI TS 119 182-1 section 5.2.1)."""
    issued, stated = header.get("iat"), header.get("sigT")
    try:
        if isinstance(issued, int) and not isinstance(issued, bool):
            return datetime.fromtimestamp(issued, UTC)
        if isinstance(stated, str):
            return datetime.strptime(stated, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"no {name}")
    return value
