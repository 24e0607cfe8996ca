"""Answers that are encrypted to their service: which it can register, and the JWE itself (RFC 7516, RFC 7518).

A JWT that we have signed goes inside as it is (RFC 7519 section 11.2). Pure but for the one-time keys that joserfc
draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.services.client_policies import ENCRYPTION_ALGS, ENCRYPTION_ENCS

USUAL_ENC = "A128CBC-HS256"
"""What every specification means where a service states none."""
PublicKey = RSAKey | ECKey | OKPKey


class Answer(StrEnum):
    """What can be encrypted, by the beginning of its members' names in client metadata."""

    ID_TOKEN = "id_token"
    USERINFO = "userinfo"
    AUTHORIZATION = "authorization"
    """An authorization response in a JWT (JARM section 3)."""
    INTROSPECTION = "introspection"
    """What introspection says in a JWT (RFC 9701 section 6)."""


MEMBERS = tuple(f"{answer}_encrypted_response_{part}" for answer in Answer for part in ("alg", "enc"))
"""Of client metadata: OpenID Connect Registration section 2, JARM section 3, RFC 9701 section 6."""


class EncryptionRefused(ValueError):
    """Members that cannot be registered; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """How one kind of answer is encrypted: `alg` of the key, `enc` of the content (RFC 7518 sections 4 and 5)."""

    alg: str
    enc: str


def read(members: Mapping[str, object]) -> Mapping[Answer, Encryption]:
    """The encryptions that client metadata states. Raises EncryptionRefused for what we do not offer."""
    stated = {}
    for answer in Answer:
        alg, enc = (members.get(f"{answer}_encrypted_response_{part}") for part in ("alg", "enc"))
        if alg is None and enc is None:
            continue
        if alg not in ENCRYPTION_ALGS:
            allowed = ", ".join(ENCRYPTION_ALGS)
            raise EncryptionRefused(f"{answer}_encrypted_response_alg is one of {allowed}")
        if enc not in (None, *ENCRYPTION_ENCS):
            allowed = ", ".join(ENCRYPTION_ENCS)
            raise EncryptionRefused(f"{answer}_encrypted_response_enc is one of {allowed}")
        stated[answer] = Encryption(str(alg), str(enc or USUAL_ENC))
    return MappingProxyType(stated)


def stored(encryptions: Mapping[Answer, Encryption]) -> dict[str, str]:
    """Undo `read`."""
    return {
        f"{answer}_encrypted_response_{part}": value
        for answer, encryption in encryptions.items()
        for part, value in (("alg", encryption.alg), ("enc", encryption.enc))
    }


def encrypted(content: str | bytes, key: PublicKey, encryption: Encryption) -> str:
    """A JWE in compact form. `content`: text is a JWT, which the header says (`cty`); bytes are claims, JSON."""
    header = {"alg": encryption.alg, "enc": encryption.enc}
    header |= {"cty": "JWT"} if isinstance(content, str) else {"typ": "JWT"}
    header |= {"kid": key.kid} if key.kid else {}
    registry = JWERegistry(algorithms=[encryption.alg, encryption.enc])
    return jwe.encrypt_compact(header, content, key, registry=registry)
