"""Services that authenticate by assertions of their own, right and wrong, and the endpoints that they call."""

import json
import secrets
from dataclasses import dataclass

from components.jose import signed
from components.town import BASE_URL, REDIRECT_URI, Login, Service, Town, b64url
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from werkzeug.test import TestResponse

ISSUER = f"{BASE_URL}/t/aoba"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Key = ECKey | OctKey | OKPKey | RSAKey


def jwks(*keys: Key, **members: str) -> dict:
    """The public halves."""
    return {"keys": [{**key.as_dict(private=False), **members} for key in keys]}


@dataclass(frozen=True)
class Signer:
    """A service of aoba with the key that it signs by."""

    town: Town
    service: Service
    key: Key
    alg: str = "ES256"

    def moment(self) -> int:
        """The town's time."""
        return int(self.town.clock().timestamp())

    def assertion(
        self, *, key: Key | None = None, header: dict | None = None, payload: bytes | None = None, **changes
    ) -> str:
        """A right assertion but for what is given; a member of None is left out."""
        claims = {
            "iss": self.service.client_id,
            "sub": self.service.client_id,
            "aud": ISSUER,
            "jti": secrets.token_urlsafe(16),
            "iat": self.moment(),
            "exp": self.moment() + 50,
            **changes,
        }
        stated = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": self.alg, "kid": self.key.kid, **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        content = json.dumps(stated).encode() if payload is None else payload
        return signed(head, content, key or self.key)

    def by_hand(self, header: bytes, body: str) -> str:
        """A header that no library would write, over an encoded payload, rightly signed by ES256."""
        signed = f"{b64url(header)}.{body}"
        der = self.key.private_key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        halves = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
        return f"{signed}.{b64url(halves)}"

    def push(self, assertion: str | None = None, **form: str) -> TestResponse:
        """A pushed request: of all endpoints the one that needs no code."""
        return self.town.post(self.town.browser(), f"{ISSUER}/par", data=self.pushed(assertion, **form))

    def pushed(self, assertion: str | None = None, **form: str) -> dict[str, str]:
        """The form of one."""
        return {
            "client_assertion_type": TYPE,
            "client_assertion": assertion or self.assertion(),
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "code_challenge": "A" * 43,
            "code_challenge_method": "S256",
            **form,
        }

    def redeem(self, code: str, login: Login, assertion: str | None = None, **form: str) -> TestResponse:
        """The token request."""
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": login.verifier,
            "client_assertion_type": TYPE,
            "client_assertion": assertion or self.assertion(),
            **form,
        }
        return self.town.post(self.town.browser(), f"{ISSUER}/token", data=data)


def signer(town: Town, service_id: str, key: Key, **wishes) -> Signer:
    """Register a service by that key, published by value unless the wishes say otherwise."""
    keys = {} if "jwks_uri" in wishes else {"jwks": jwks(key)}
    made = town.register(
        "aoba",
        service_id,
        **{"token_endpoint_auth_method": "private_key_jwt", "require_pkce": None, **keys, **wishes},
    )
    client = town.product.directory.tenant("aoba").clients[made.client_id]
    return Signer(town, made, key, client.token_endpoint_auth_signing_alg)
