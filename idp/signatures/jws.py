"""JWS (RFC 7515): compact, flattened or general JSON; with its payload inside, or detached from it (appendix F).

The signer's certificates stand in `x5c`. Any `crit` is refused, and with it the unencoded payload of RFC 7797.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from idp import base64url, strict_json
from idp.signatures import proving
from idp.signatures.found import (
    MAX_CERTIFICATES,
    MAX_SIGNATURES,
    Fault,
    Found,
    Unreadable,
    require_few,
)

_COMPACT_PARTS = 3


def read(document: bytes, content: bytes | None = None) -> list[Found]:
    """Every signature of a JWS. `content`: what it is detached from. Raises Unreadable as `cms.read`, TooMuch."""
    payload, signatures = _parts(document)
    if not payload and content is None:
        raise Unreadable("the payload is empty, and content is missing")
    if payload and content is not None and payload != base64url.encode(content):
        raise Unreadable("the payload is not the content given")
    require_few(signatures, MAX_SIGNATURES, "signatures")
    return [
        _found(protected, payload or base64url.encode(content or b""), value) for protected, value in signatures
    ]


def _parts(document: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Payload, and of each signature its protected header and value; all in base64url."""
    try:
        text = document.decode("ascii").strip()
        if not text.startswith("{"):
            protected, payload, signature = text.split(".", _COMPACT_PARTS)
            base64url.decode(payload)
            return payload, [(protected, signature)]
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
        raise error if isinstance(error, Unreadable) else Unreadable("not a JWS") from error


def _signature(members: Mapping[str, object]) -> tuple[str, str]:
    if "header" in members:
        raise Unreadable("an unprotected header")
    return _text(members, "protected"), _text(members, "signature")


def _found(protected: str, payload: str, signature: str) -> Found:
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
        pool=tuple(chain[1:]),
        fault=_fault(header, chain[0], value, f"{protected}.{payload}".encode()),
        claimed_at=_claimed(header),
        stamped=value,
    )


def _fault(header: Mapping[str, object], signer: bytes, signature: bytes, signed: bytes) -> Fault | None:
    if "crit" in header or "b64" in header:
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
