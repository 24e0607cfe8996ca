"""JWTs that a tenant signs, and those of its own that come back: one place for all algorithms of the ring."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from idp import base64url, strict_json
from idp.keys.ring_keys import SigningKey


class Algorithms(JWSRegistry):
    """These algorithms and no other. `longest_header` in bytes; `unknown`: members of a header that nobody knows
    are ignored, not refused (RFC 7515 section 4).

    joserfc warns of the name EdDSA, which RFC 9864 replaces; FAPI 2.0 and the libraries of today still say it.
    """

    def __init__(self, names: Collection[str], *, longest_header: int = 512, unknown: bool = False) -> None:
        super().__init__(strict_check_header=not unknown)
        self._names = names
        self.max_header_length = longest_header

    def get_alg(self, name: str) -> Any:
        """See JWSRegistry. Raises UnsupportedAlgorithmError."""
        if name not in self._names:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not supported")
        return self.algorithms[name]


_ENCODER = msgspec.json.Encoder()
_HEADERS_KEPT = 256
"""Written headers: of a hundred tenants those of the keys in use."""
_HEADER = frozenset({"alg", "kid", "typ"})
"""What a header of ours says, all of it."""


def signed(key: SigningKey, typ: str, claims: Mapping[str, Any]) -> str:
    """The claims as a JWS in compact form (RFC 7515, RFC 7519), with the algorithm and the id of the key."""
    written = f"{_header(key.alg, key.kid, typ)}.{_part(claims)}"
    return f"{written}.{base64url.encode(key.sign(written.encode()))}"


@lru_cache(maxsize=_HEADERS_KEPT)
def _header(alg: str, kid: str, typ: str) -> str:
    return _part({"alg": alg, "kid": kid, "typ": typ})


def _part(members: Mapping[str, Any]) -> str:
    return base64url.encode(_ENCODER.encode(members))


def verified(unverified: str, keys: Iterable[SigningKey]) -> jwt.Token:
    """A JWT that one of the keys has signed by its own algorithm, whatever it says.

    Its header is one that we write: the key id is looked up among ours, and nothing else in it leads anywhere (RFC
    8725 sections 3.1 and 3.10). Raises JoseError, ValueError or TypeError.
    """
    first, _, _ = unverified.split(".")
    header = strict_json.members(base64url.decode(first))
    if header.keys() != _HEADER:
        raise ValueError("not a header of ours")
    key = next((key for key in keys if key.kid == header["kid"] and key.alg == header["alg"]), None)
    if key is None:
        raise ValueError("no key of ours")
    return jwt.decode(unverified, key.key, registry=Algorithms([key.alg]))
