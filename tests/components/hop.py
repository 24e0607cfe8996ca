"""A town whose tenant aoba has an mTLS host, without a proxy: requests bear what nginx would hand over.

That a real proxy hands over this and nothing else is shown where there is one (`components/mtls.py`).
"""

import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.mtls import Shown, shown
from components.nginx import MTLS_KEY
from components.refreshing import REFRESHES, SCOPE
from components.town import BASE_URL, REDIRECT_URI, Login, Service, Town, b64url, town

HOST = "https://mtls.city.example"
ISSUER = f"{BASE_URL}/t/aoba"
FAPI2 = {
    **REFRESHES,
    "profile": "fapi2",
    "token_endpoint_auth_method": "self_signed_tls_client_auth",
    "require_pkce": None,
    "id_token_signed_response_alg": "ES256",
}
"""A service of the strictest profile that authenticates by its certificate; `jwks` is still to be stated."""


@contextmanager
def hop_town(folder: Path, founded: Path):
    """A town with the host's name and its proxy's secret."""
    (folder / "mtls-key").write_text(MTLS_KEY)
    with town(folder, founded, environment={"IDP_MTLS_HOST_KEY_FILE": str(folder / "mtls-key")}) as made:
        tenant = made.product.directory.tenant("aoba")
        made.product.policies.change_tenant(tenant, revocation={}, mtls_host=HOST)
        yield made


def handed_over(certificate: Shown | None) -> dict[str, str]:
    """The headers of the proxy."""
    if certificate is None:
        return {}
    return {"Client-Cert": certificate.field, "Client-Cert-Verified": "NONE", "Mtls-Host-Key": MTLS_KEY}


@dataclass
class Caller:
    """A service of aoba that shows a certificate wherever it calls; `certificate` None shows none."""

    town: Town
    service: Service
    certificate: Shown | None

    def post(self, path: str, form: dict, *, certificate=..., dpop: str | None = None):
        """A request that the service sends itself, by its secret where it has one."""
        handed = handed_over(self.certificate if certificate is ... else certificate)
        credentials = {"client_id": self.service.client_id}
        if self.service.client_secret:
            credentials["client_secret"] = self.service.client_secret
        headers = handed | ({"DPoP": dpop} if dpop else {})
        return self.town.post(self.town.browser(), ISSUER + path, data=credentials | form, headers=headers)

    def redeem(self, code: str, login: Login, **how):
        """The token request."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": login.verifier,
        }
        return self.post("/token", form, **how)

    def refresh(self, token: str, **how):
        """The refresh request."""
        return self.post("/token", {"grant_type": "refresh_token", "refresh_token": token}, **how)

    def about(self, token: str, **how):
        """What introspection says."""
        return self.post("/introspect", {"token": token}, **how).json

    def userinfo(self, token: str, *, certificate=..., scheme="Bearer", dpop: str | None = None):
        """UserInfo with that token."""
        handed = handed_over(self.certificate if certificate is ... else certificate)
        headers = {"Authorization": f"{scheme} {token}", **handed, **({"DPoP": dpop} if dpop else {})}
        return self.town.get(self.town.browser(), ISSUER + "/userinfo", headers=headers)

    def pushed_code(self, *, dpop: str | None = None, **form: str) -> tuple[str, Login]:
        """The code of a login whose request was pushed, and that login."""
        verifier = secrets.token_urlsafe(48)
        request = {
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "state": "pushed",
            "code_challenge": b64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **form,
        }
        answer = self.post("/par", request, dpop=dpop)
        assert answer.status_code == 201, answer.text
        login = self.town.begin(self.service, request_uri=answer.json["request_uri"])
        login.verifier, login.state = verifier, "pushed"
        return self.town.finish(login, self.town.accept(login))


def certificate(folder: Path, name: str) -> Shown:
    """A self-signed one."""
    return shown(folder, name, None)
