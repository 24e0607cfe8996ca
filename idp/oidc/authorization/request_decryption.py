"""Encrypted request objects opened: a JWE around the JWS that is then judged (RFC 9101, RFC 7516). Pure.

The algorithm is one that the key is for, not one that the header would like; whatever is wrong, one refusal tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact

from idp import base64url, strict_json
from idp.keys.ring_keys import RequestKey
from idp.oidc.authorization.request_object import RequestObjectRefused
from idp.services.client_policies import ENCRYPTION_ENCS
from idp.services.request_encryption import KEY_OF
from idp.store.signing_keys import CURRENT

LONGEST = 16 * 1024
"""Of an encrypted request object, in characters."""
_CHANGES_THE_RULES = ("crit", "zip", "jku", "jwk", "x5u", "x5c", "p2c", "p2s")
_FAULTS = (JoseError, ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError)


def is_encrypted(unverified: str) -> bool:
    """Whether it has the five parts of a JWE in compact form."""
    return unverified.count(".") == 4


def decrypted(unverified: str, keys: Sequence[RequestKey]) -> str:
    """The signed request object inside, unjudged.

    By the key of its `kid`, or where it names none, each of the algorithm. Raises RequestObjectRefused.
    """
    header = _header(unverified)
    alg, kid = header["alg"], header.get("kid")
    registry = JWERegistry(algorithms=[alg, header["enc"]], strict_check_header=False)
    for key in _for(keys, alg, kid):
        try:
            inside = decrypt_compact(unverified, key.key, registry=registry).plaintext
            return (inside or b"").decode("ascii")
        except _FAULTS:
            continue
    raise RequestObjectRefused("it is not encrypted to a key of ours, or was altered")


def _header(unverified: str) -> Mapping[str, Any]:
    """The protected header, each part of the JWE in its one spelling."""
    if len(unverified) > LONGEST:
        raise RequestObjectRefused("an encrypted request object is too long")
    try:
        raw, *_ = map(base64url.decode, unverified.split("."))
        header = strict_json.members(raw)
    except ValueError as error:
        raise RequestObjectRefused("not a JWE") from error
    alg, enc = header.get("alg"), header.get("enc")
    if not (isinstance(alg, str) and alg in KEY_OF and enc in ENCRYPTION_ENCS):
        raise RequestObjectRefused("it is encrypted by another algorithm than the metadata says")
    if any(name in header for name in _CHANGES_THE_RULES):
        raise RequestObjectRefused("a header that is not read")
    if str(header.get("cty", "JWT")).upper() != "JWT":
        raise RequestObjectRefused("what is encrypted is no signed request object")
    return header


def _for(keys: Sequence[RequestKey], alg: str, kid: object) -> Iterator[RequestKey]:
    """Those that may be meant, current ones first."""
    meant = [key for key in keys if key.alg == KEY_OF[alg] and kid in (None, key.kid)]
    yield from sorted(meant, key=lambda key: key.state != CURRENT)
