"""JWTs that a tenant signs, and those of its own that come back: one place for all algorithms of the ring."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from idp.tenancy import SIGNING_ALGS, SigningKey


class Algorithms(JWSRegistry):
    """These algorithms and no other. `longest_header` in bytes.

    joserfc warns of the name EdDSA, which RFC 9864 replaces; FAPI 2.0 and the libraries of today still say it.
    """

    def __init__(self, names: Collection[str], *, longest_header: int = 512) -> None:
        super().__init__()
        self._names = names
        self.max_header_length = longest_header

    def get_alg(self, name: str) -> Any:
        """See JWSRegistry. Raises UnsupportedAlgorithmError."""
        if name not in self._names:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not supported")
        return self.algorithms[name]


_REGISTRY = Algorithms(SIGNING_ALGS)


def signed(key: SigningKey, typ: str, claims: Mapping[str, Any]) -> str:
    """The claims as a JWS in compact form (RFC 7515, RFC 7519), with the algorithm and the id of the key."""
    header = {"alg": key.alg, "kid": key.kid, "typ": typ}
    return jwt.encode(header, dict(claims), key.key, registry=_REGISTRY)


def verified(unverified: str, keys: Iterable[SigningKey]) -> jwt.Token:
    """A JWT that one of the keys has signed, whatever it says. Raises JoseError, ValueError or TypeError."""
    return jwt.decode(unverified, KeySet([key.key for key in keys]), registry=_REGISTRY)
