"""A service that takes what is handed in without a login, and residents who ask how far it is."""

from components.town import BASE_URL
from components.verifier import Verifier

from idp.procedures.procedure import Way
from idp.procedures.register import Change

PAGE = BASE_URL + "/t/aoba/receipts"
SCOPES = {"scopes": ("openid", "verify"), "verify_purpose": "手続の受付のため"}


def procedure(town, service, procedure_id, way=Way.ANONYMOUS, **wishes):
    """One more procedure of a service."""
    tenant = town.product.directory.tenant(service.tenant_id)
    wish = Change(**{"name_ja": "意見の提出", "name_en": "Opinions", **wishes})
    client = tenant.clients[service.client_id]
    return town.product.service_acts.procedures.create(tenant, client, procedure_id, way, wish)


def receiver(town, service_id="opinions", tenant_id="aoba"):
    """A service that takes opinions without a login."""
    service = town.register(tenant_id, service_id, **SCOPES)
    procedure(town, service, "opinion")
    return Verifier(town, service)


def create(service, **headers):
    """A new receipt."""
    answer = service.post("/receipts/create", {"procedure": "opinion"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def ask(town, receipt, page=PAGE, *, language="en", source="127.0.0.1", **changes):
    """What the page answers to both numbers."""
    typed = {name: receipt[name] for name in ("arrival_number", "inquiry_number")} | changes
    return town.post(
        town.browser(),
        page,
        data=typed,
        headers={"Accept-Language": language},
        environ_overrides={"REMOTE_ADDR": source},
    )
