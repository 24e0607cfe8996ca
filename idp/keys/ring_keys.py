"""Keys of a tenant's ring as values: what it signs with, and what services encrypt their requests to."""

from dataclasses import dataclass, field

from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.keys.jws_signature import Sign


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A token signing key of the tenant's ring (`idp/custody/ring.py`). `state`: next, current or retired.

    `since`: when it came into that state, seconds since 1970. Of a retired one `key` is the public half.
    `sign`: makes a signature by that algorithm; of a retired one it raises ValueError.
    """

    kid: str
    alg: str
    state: str
    since: int
    key: RSAKey | ECKey | OKPKey
    sign: Sign = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key of the ring to which services encrypt their requests. `alg`: one of `REQUEST_KEYS`.

    The others as in `SigningKey`; `key` is the private half in every state, since a retired one still opens what
    was encrypted to it.
    """

    kid: str
    alg: str
    state: str
    since: int
    key: RSAKey | ECKey
