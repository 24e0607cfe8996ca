"""Residents who act for one another, in a town of this process: their mandates, and logins by agents."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from components.refreshing import REFRESHES, SCOPE
from components.town import id_token_claims

from idp.agents.mandates import Wish
from idp.agents.registry import Role
from idp.agents.representation import Basis, Representation, Seen, State
from idp.keys.sealing import digest
from idp.login.pairwise import handle_place
from idp.store import pair_life

BY_AGENT = json.dumps({"id_token": {"act": {"essential": True}}})
"""A request for a login by an agent."""
KINDS = ("statutory", "voluntary")


def taking_agents(town, service_id="welfare", tenant_id="aoba", **wishes):
    """A service at which agents may sign in, and which comes back for tokens."""
    return town.register(tenant_id, service_id, **{**REFRESHES, "agent_kinds": KINDS, **wishes})


def handle_of(town, service, resident):
    """The handle of a resident, who signs in at the service for it."""
    sub = town.sign_in(service, resident)["sub"]
    tenant = town.product.directory.tenant(service.tenant_id)
    with town.product.store.for_tenant(service.tenant_id).read() as tx:
        pair = pair_life.by_digest(tx, digest(sub))
    return tenant.keys.open(handle_place(pair.pair_id), pair.sealed_handle)


def mandate(town, service, principal="hanako", agent="ichiro", *, once=False, label="母", services=None):
    """A mandate by `principal` for `agent` at that service, both known from a library card."""
    tenant, mandates = town.product.directory.tenant(service.tenant_id), town.product.agents.mandates
    giver, taker = (handle_of(town, town.library, who) for who in (principal, agent))
    client = tenant.clients[service.client_id]
    wish = Wish(services=services or [client.service_id], months=6, once=once, label="長男")
    with town.product.store.for_tenant(tenant.tenant_id).write() as tx:
        code = mandates.offer(tx, tenant, giver, wish)
    with town.product.store.for_tenant(tenant.tenant_id).write() as tx:
        return mandates.accept(tx, tenant, taker, code, label)


def represent(town, principal, agent, tenant_id="aoba"):
    """A live mandate between two people, by their handles; an offer where there is no agent."""
    tenant, now = town.product.directory.tenant(tenant_id), town.clock()
    body = Representation(
        basis=Basis.MANDATE,
        seen=Seen.OWN_LOGIN,
        state=State.LIVE if agent else State.OFFERED,
        principal=principal,
        agent=agent,
        since=int(now.timestamp()),
        until=now.date() + timedelta(days=100),
    )
    with town.product.store.for_tenant(tenant_id).write() as tx:
        return town.product.agents.registry.add(tx, tenant, body)


def end(town, kept, by, tenant_id="aoba"):
    """End a representation."""
    tenant = town.product.directory.tenant(tenant_id)
    with town.product.store.for_tenant(tenant_id).write() as tx:
        return town.product.agents.ending.run(tx, tenant, kept, by)


def kept_of(town, role, handle, tenant_id="aoba"):
    """A person's representations in a role."""
    tenant = town.product.directory.tenant(tenant_id)
    with town.product.store.for_tenant(tenant_id).read() as tx:
        return town.product.agents.registry.of(tx, tenant, Role(role), handle)


@dataclass
class Asked:
    """A login at the page that asks for whom it is."""

    login: object
    url: str
    text: str

    @property
    def form(self) -> str:
        """The form's own value."""
        return re.search(r'name="form" value="([^"]+)"', self.text)[1]

    def choices(self) -> list[str]:
        """What its buttons send: self, marks, leave."""
        return re.findall(r'name="for" value="([^"]+)"', self.text)

    @property
    def marks(self) -> list[str]:
        """Those that name somebody."""
        return [choice for choice in self.choices() if choice not in ("self", "leave")]


def asked_for_whom(town, service, agent="ichiro", **parameters):
    """A login by that card, come to the question for whom it is."""
    login = town.begin(service, **{"scope": SCOPE, **parameters})
    back = town.get(login.browser, town.accept(login, agent))
    assert back.headers["Location"].endswith("/for"), back.headers["Location"]
    url = back.headers["Location"]
    return Asked(login, url, town.get(login.browser, url).text)


def choose(town, asked, chosen, **changes):
    """Press one of its buttons."""
    return town.post(asked.login.browser, asked.url, data={"form": asked.form, "for": chosen, **changes})


def consented(town, asked, chosen=None):
    """The code of an agent's login: the first person chosen, consent given."""
    answer = choose(town, asked, chosen or asked.marks[0])
    assert answer.headers["Location"].endswith("/consent"), answer.text
    answer = town.consent(asked.login, answer.headers["Location"])
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert "code" in query, answer.headers["Location"]
    return query["code"][0]


def acted(town, service, agent="ichiro", **parameters):
    """The token answer of a whole login in which somebody acts, and the login."""
    asked = asked_for_whom(town, service, agent, **parameters)
    answer = town.redeem(consented(town, asked), asked.login)
    assert answer.status_code == 200, answer.text
    return answer.json, asked.login


def claims_of(answer):
    """The claims of a token answer's ID token."""
    return id_token_claims(answer["id_token"])
