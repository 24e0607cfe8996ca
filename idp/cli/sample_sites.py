"""The demo's sample services: what each is registered as, and the site that it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp import compose
from idp.cli import town
from idp.cli.roll import Credentials, Roll
from idp.developer.sample import SampleService
from idp.developer.sample.procedures import Procedure
from idp.developer.sample.service import Neighbour
from idp.procedures.register import Change
from idp.registration import NewService
from idp.services.service_changes import ServiceChange
from idp.tenants.tenancy import VERIFY

_FOREIGN = ("http://127.0.0.1:8901/callback", "http://127.0.0.1:8901/cb2")
_FOREIGN_BYE = ("http://127.0.0.1:8901/bye",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSites:
    """The sites on their `ports`, of a provider at `base_url`.

    `ca_file`: who vouches for the provider's certificate; None without https. `now`: the sandbox's time.
    """

    ports: tuple[int, ...]
    base_url: str
    ca_file: str | None
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def credentials(self, product: compose.Product, roll: Roll) -> Mapping[str, Credentials]:
        """Those of each, by its id; a service that is new is registered, and so is what it has come to need."""
        found = {
            service.service_id: roll.credentials(
                product, service.tenant_id, _wish(service, _home(port)), signs=service.profile == "fapi2"
            )
            for service, port in zip(town.SERVICES, self.ports, strict=True)
        }
        for service in town.SERVICES:
            _register_verification(product, service, found[service.service_id].client_id)
            _register_procedures(product, service, found[service.service_id].client_id)
            _register_agents(product, service, found[service.service_id].client_id)
        return found

    def sites(self, credentials: Mapping[str, Credentials]) -> list[SampleService]:
        """What each site is started with, in the order of the ports."""
        homes = [(service, _home(port)) for service, port in zip(town.SERVICES, self.ports, strict=True)]
        neighbours = [
            Neighbour(names=_names(s), home_url=home, group=f"{s.tenant_id}/{s.sector_id}") for s, home in homes
        ]
        return [
            SampleService(
                tenant_id=s.tenant_id,
                service_id=s.service_id,
                names=_names(s),
                procedures=[
                    Procedure(
                        procedure_id=one.procedure_id,
                        way=str(one.way),
                        names={"ja": one.name_ja, "en": one.name_en},
                    )
                    for one in s.procedures
                ],
                purposes={"ja": s.purpose_ja, "en": s.purpose_en},
                issuer=f"{self.base_url}/t/{s.tenant_id}",
                client_id=credentials[s.service_id].client_id,
                client_secret=credentials[s.service_id].client_secret,
                token_endpoint_auth_method=s.auth_method,
                scope=" ".join(_scopes(s)),
                takes_agents=bool(s.agent_kinds),
                home_url=home,
                neighbours=neighbours,
                secret_key=self.token_bytes(32),
                key=credentials[s.service_id].key,
                now=self.now,
                ca_file=self.ca_file,
            )
            for s, home in homes
        ]


def _register_verification(product: compose.Product, service: town.DemoService, client_id: str) -> None:
    """The verification API, where the service of an older demo had no use for it."""
    tenant = product.directory.tenant(service.tenant_id)
    client = tenant.clients.get(client_id) if tenant else None
    if tenant is not None and client is not None and service.verify_purpose and VERIFY not in client.scopes:
        wider = ServiceChange(scopes=(*client.scopes, VERIFY), verify_purpose=service.verify_purpose)
        product.service_changes.change(tenant, client, wider)


def _register_agents(product: compose.Product, service: town.DemoService, client_id: str) -> None:
    """Who may act for others there, where an older demo took nobody: the site has a button for them."""
    tenant = product.directory.tenant(service.tenant_id)
    client = tenant.clients.get(client_id) if tenant else None
    if tenant is not None and client is not None and service.agent_kinds and not client.agent_kinds:
        product.service_changes.change(tenant, client, ServiceChange(agent_kinds=service.agent_kinds))


def _register_procedures(product: compose.Product, service: town.DemoService, client_id: str) -> None:
    """Those that an earlier run did not register."""
    for one in service.procedures:
        tenant = product.directory.tenant(service.tenant_id)
        client = tenant.clients.get(client_id) if tenant else None
        if tenant is not None and client is not None and one.procedure_id not in client.procedures:
            wish = Change(name_ja=one.name_ja, name_en=one.name_en)
            product.service_acts.procedures.create(tenant, client, one.procedure_id, one.way, wish)


def _wish(service: town.DemoService, home: str) -> NewService:
    return NewService(
        service_id=service.service_id,
        name_ja=service.name_ja,
        name_en=service.name_en,
        purpose_ja=service.purpose_ja,
        purpose_en=service.purpose_en,
        redirect_uris=(f"{home}/callback", *_FOREIGN),
        post_logout_redirect_uris=(*_FOREIGN_BYE, f"{home}/"),
        backchannel_logout_uri=f"{home}/backchannel-logout",
        backchannel_logout_session_required=True,
        sector_id=service.sector_id,
        sector_purpose=service.sector_purpose,
        scopes=(*_scopes(service), *([VERIFY] if service.verify_purpose else [])),
        verify_purpose=service.verify_purpose,
        profile=service.profile,
        token_endpoint_auth_method=service.auth_method,
        id_token_signed_response_alg=service.alg,
        minimum_acr=service.minimum_acr,
        methods=service.methods,
        require_pkce=False if service.profile == "standard" else None,
        dpop_bound_access_tokens=service.profile == "fapi2",
        event_endpoint=f"{home}/events",
        claim_terms=service.claim_terms,
        agent_kinds=service.agent_kinds,
    )


def _scopes(service: town.DemoService) -> tuple[str, ...]:
    """What it asks for at each login."""
    return ("openid", *service.attributes, "jpki_status")


def _names(service: town.DemoService) -> dict[str, str]:
    return {"ja": service.name_ja, "en": service.name_en}


def _home(port: int) -> str:
    return f"http://localhost:{port}"
