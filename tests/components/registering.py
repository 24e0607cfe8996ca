"""Services that register themselves, and the endpoints that they call."""

from dataclasses import dataclass, field

from components.refreshing import SCOPE
from components.town import BASE_URL, REDIRECT_URI, Service, Town
from werkzeug.test import TestResponse

from idp.registration.terms import Terms

JSON = "application/json"


def opened(town: Town, tenant_id: str = "aoba") -> Town:
    """The town, where services of that tenant may register themselves from now on."""
    tenant = town.product.directory.tenant(tenant_id)
    town.product.policies.change_tenant(tenant, revocation={}, self_registration=True)
    return town


def invited(town: Town, tenant_id: str = "aoba", *, uses: int = 1, days: int = 7, **terms) -> str:
    """An initial access token; PKCE is not demanded unless the terms say so."""
    tenant = opened(town, tenant_id).product.directory.tenant(tenant_id)
    asked = Terms(**{"require_pkce": False, **terms})
    return town.product.service_acts.invitations.make(tenant, asked, uses=uses, days=days).text


def register(town: Town, token: str | None, tenant_id: str = "aoba", **metadata) -> TestResponse:
    """The registration request; a member of None is left out."""
    said = {"redirect_uris": [REDIRECT_URI], "client_name": "見本の届出", **metadata}
    body = {name: value for name, value in said.items() if value is not None}
    return town.browser().post(
        f"/t/{tenant_id}/register", base_url=BASE_URL + "/", json=body, headers=bearer(token)
    )


def bearer(token: str | None) -> dict[str, str]:
    """The header that shows a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@dataclass
class Own:
    """A service that registered itself, with what it was told."""

    town: Town
    told: dict = field(repr=False)
    tenant_id: str = "aoba"

    def ask(self, method: str = "GET", *, token: str | None = None, **options) -> TestResponse:
        """A request to its own configuration, by its own token unless another is given."""
        path = self.told["registration_client_uri"].removeprefix(BASE_URL)
        headers = bearer(token or self.told["registration_access_token"])
        return self.town.browser().open(path, base_url=BASE_URL + "/", method=method, headers=headers, **options)

    def put(self, **metadata) -> TestResponse:
        """Other metadata in place of what was; a member of None is left out."""
        said = {
            "client_id": self.client_id,
            "redirect_uris": [REDIRECT_URI],
            "client_name": "見本の届出",
            **metadata,
        }
        return self.ask("PUT", json={name: value for name, value in said.items() if value is not None})

    @property
    def client_id(self) -> str:
        """As it was told."""
        return self.told["client_id"]

    @property
    def client(self):
        """As the product knows it now."""
        return self.town.product.directory.tenant(self.tenant_id).clients[self.client_id]

    @property
    def service(self) -> Service:
        """For the town's own drivers."""
        return Service(self.tenant_id, self.client_id, self.told.get("client_secret", ""), self.client.sector_id)


def own(town: Town, tenant_id: str = "aoba", *, terms: dict | None = None, **metadata) -> Own:
    """A service of its own making, by an invitation of its own."""
    answer = register(town, invited(town, tenant_id, **(terms or {})), tenant_id, **metadata)
    assert answer.status_code == 201, answer.text
    return Own(town, answer.json, tenant_id)


def registered_itself(town: Town, tenant_id: str = "aoba", **metadata) -> Service:
    """A service of its own making that may come back for tokens."""
    terms, grants = {"scopes": tuple(SCOPE.split())}, ["authorization_code", "refresh_token"]
    return own(town, tenant_id, terms=terms, grant_types=grants, **metadata).service
