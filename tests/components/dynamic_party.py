"""A service that registers itself as the certification's suite does, and gives its registration up at the end."""

import json
import secrets

from components.assertions import TYPE
from components.relying_party import RelyingParty
from components.town import BASE_URL, Service, Town
from joserfc import jws
from joserfc.jwk import RSAKey

from idp.registration.terms import Terms


def fresh_key(kid: str | None = None) -> RSAKey:
    """A key as the suite makes them: RSA of 2048 bits for RS256, named only where it lies at an address."""
    return RSAKey.generate_key(2048, {"alg": "RS256", **({"kid": kid} if kid else {})})


def invitation(town: Town) -> str:
    """An initial access token that lets a service have what the plans ask for."""
    tenant = town.product.directory.tenant("aoba")
    if not tenant.settings.self_registration:
        town.product.policies.change_tenant(tenant, revocation={}, self_registration=True)
        tenant = town.product.directory.tenant("aoba")
    terms = Terms(scopes=("openid", "offline_access"), require_pkce=False, reviewed=True)
    return town.product.service_acts.invitations.make(tenant, terms, uses=1, days=1).text


class DynamicParty(RelyingParty):
    """Registered by itself with what the suite registers and `metadata` beside it; authenticates with its key."""

    def __init__(self, town: Town, *, key: RSAKey | None = None, **metadata) -> None:
        self.key = key or fresh_key()
        super().__init__(town, Service("aoba", "", "", ""))
        said = {
            "client_name": "suite " + secrets.token_hex(4),
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "response_types": ["code"],
            "redirect_uris": [self.redirect_uri],
            "contacts": ["suite@example.com"],
            **({} if "jwks_uri" in metadata else {"jwks": {"keys": [self.key.as_dict(private=False)]}}),
            **metadata,
        }
        self.answer = self._register(said)
        self.redirect_uri = said["redirect_uris"][0]
        self.signed_user_info = "userinfo_signed_response_alg" in metadata
        self.audience = self.metadata["token_endpoint"]
        if self.answer.status_code == 201:
            self.told = self.answer.json
            self.service = Service("aoba", self.told["client_id"], "", "")

    def _register(self, metadata):
        bearer = {"Authorization": f"Bearer {invitation(self.town)}"}
        endpoint = self._fetch(f"{self.issuer}/.well-known/openid-configuration")["registration_endpoint"]
        return self.town.post(self.town.browser(), endpoint, json=metadata, headers=bearer)

    def registered(self) -> "DynamicParty":
        """Itself, after a look at a good registration response (RFC 7591 section 3.2.1, RFC 7592 section 3)."""
        assert (self.answer.status_code, self.answer.mimetype) == (201, "application/json"), self.answer.text
        assert self.told["client_id"]
        assert self.told["registration_access_token"]
        assert self.told["registration_client_uri"].startswith(BASE_URL + "/")
        assert "client_secret" not in self.told
        return self

    def refused(self) -> str:
        """The error of a registration response."""
        assert (self.answer.status_code, self.answer.mimetype) == (400, "application/json")
        return self.answer.json["error"]

    def signed(self, **claims) -> str:
        """A JWT by its key, named by `kid` where the key has a name."""
        header = {"alg": "RS256", **({"kid": self.key.kid} if self.key.get("kid") else {})}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.key, algorithms=["RS256"])

    def token_request(self, **form):
        """With an assertion of one minute."""
        now = int(self.town.clock().timestamp())
        who = self.service.client_id
        jti = secrets.token_hex(10)
        assertion = self.signed(iss=who, sub=who, aud=self.audience, jti=jti, iat=now, exp=now + 60)
        form |= {"client_assertion_type": TYPE, "client_assertion": assertion}
        return self.town.post(self.town.browser(), self.metadata["token_endpoint"], data=form)

    def leave(self) -> None:
        """Give the registration up (RFC 7592 section 2.3)."""
        bearer = {"Authorization": f"Bearer {self.told['registration_access_token']}"}
        path = self.told["registration_client_uri"].removeprefix(BASE_URL)
        gone = self.town.browser().delete(path, base_url=BASE_URL + "/", headers=bearer)
        assert gone.status_code == 204
