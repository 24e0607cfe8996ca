"""What JAdES puts beside a JWS after it was made: the unprotected `etsiU` (ETSI TS 119 182-1, section 5.3).

An array of objects, or of their JSON in base64url. Read are the time stamps of the signature's value (`sigTst`),
revocation lists and answers (`rVals`), certificates (`xVals`); the rest is passed over. Nobody signed any of it.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from idp import base64url, strict_json
from idp.signatures.found import EMPTY, MAX_CERTIFICATES, MAX_TOKENS, Enclosed, Token, Unreadable, require_few

MEMBER = "etsiU"
_MOST = 16


@dataclass(frozen=True, slots=True)
class Added:
    """What was found. `certificates`: in DER."""

    tokens: tuple[Token, ...] = ()
    enclosed: Enclosed = EMPTY
    certificates: tuple[bytes, ...] = ()


NOTHING = Added()


def read(etsi_u: object, signature: str) -> Added:
    """`signature`: the value in base64url, which a time stamp is about. Raises Unreadable, TooMuch."""
    parts = _list(etsi_u)
    require_few(parts, _MOST, "members of etsiU")
    found = [(name, value) for part in parts for name, value in _opened(part).items()]
    about = signature.encode("ascii")
    stamps = [_object(value) for name, value in found if name == "sigTst"]
    tokens = [Token(der, about) for stamp in stamps for der in _values(stamp.get("tstTokens", []))]
    evidence = [_object(value) for name, value in found if name == "rVals"]
    lists = [der for one in evidence for der in _values(one.get("crlVals", []))]
    answers = [der for one in evidence for der in _values(one.get("ocspVals", []))]
    named = [_object(one) for name, value in found if name == "xVals" for one in _list(value)]
    certificates = list(_values([one["x509Cert"] for one in named if "x509Cert" in one]))
    require_few(tokens, MAX_TOKENS, "time stamps")
    require_few(certificates, MAX_CERTIFICATES, "certificates")
    return Added(tuple(tokens), Enclosed(tuple(lists), tuple(answers)), tuple(certificates))


def _opened(part: object) -> Mapping[str, object]:
    try:
        return _object(strict_json.parse(base64url.decode(part)) if isinstance(part, str) else part)
    except ValueError as error:
        raise error if isinstance(error, Unreadable) else Unreadable("an unreadable etsiU") from error


def _values(listed: object) -> Iterator[bytes]:
    """The octets of objects with a base64 `val`; one that is encoded otherwise than in DER is passed over."""
    for one in _list(listed):
        members = _object(one)
        text = members.get("val")
        if "encoding" in members or not isinstance(text, str):
            continue
        try:
            yield base64.b64decode(text, validate=True)
        except ValueError as error:
            raise Unreadable("an unreadable etsiU") from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Unreadable("etsiU or a list in it is no list")
    return value


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("etsiU or a list in it holds something that is no object")
    return value
