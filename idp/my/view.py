"""What a person is shown of themselves: holdings and sign-ins as pages take them, in names of texts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.items import ITEMS
from idp.login.sign_ins import SignIn, Visit
from idp.my import when
from idp.my.holdings import Holding
from idp.my.when import When
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Shown:
    """A sign-in. `service`: its name, empty for these pages; `handed`: names below `attribute` of the texts."""

    when: When
    way: str
    browser: str
    service: str
    handed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service in the list. `last`: when somebody last signed in there, None where that is not kept."""

    name: str
    url: str
    last: When | None
    count: int
    attributes: tuple[str, ...]


def sign_in(visit: Visit, tenant: Tenant, language: str) -> Shown:
    """One of them."""
    made, client = visit.sign_in, tenant.clients.get(visit.client_id)
    return Shown(
        when=when.at(made.at),
        way=when.way_of(made),
        browser=when.browser(made.browser),
        service=client.name(language) if client else "",
        handed=tuple(name for name in ITEMS if name in made.handed.split()),
    )


def services(holdings: Iterable[Holding], visits: Sequence[Visit], tenant: Tenant, language: str) -> list[Service]:
    """The list, those used last first."""
    listed = []
    for holding in holdings:
        made = of_service(visits, holding)
        listed.append((made[0].at if made else 0, _service(holding, made, tenant, language)))
    return [service for _, service in sorted(listed, key=lambda one: (-one[0], one[1].name))]


def _service(holding: Holding, made: Sequence[SignIn], tenant: Tenant, language: str) -> Service:
    return Service(
        name=holding.client.name(language),
        url=f"{tenant.path}/my/services/{holding.client.service_id}",
        last=when.at(made[0].at) if made else None,
        count=len(made),
        attributes=holding.attributes,
    )


def of_service(visits: Iterable[Visit], holding: Holding) -> list[SignIn]:
    """The sign-ins at one service, in their order."""
    client_id = holding.client.client_id
    return [visit.sign_in for visit in visits if visit.client_id == client_id]
