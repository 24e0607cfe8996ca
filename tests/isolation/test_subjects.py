"""Every place that says `sub` says one thing: the number of that person in that service's sector (04, Derivation).

ID token, refreshed ID token, UserInfo, introspection of every kind of token, access tokens that are signed for a
resource, logout token, events; opaque access tokens and refresh tokens say nothing at all.
"""

import base64
import json
import secrets

import pytest
from components.acting import resource
from components.agents import acted, mandate, taking_agents
from components.backs import BackChannels
from components.events import delivery
from components.jobs import jobs
from components.peer import Peer, answer
from components.refreshing import SCOPE, ask_about, refresh, refreshing
from components.registering import registered_itself
from components.scale import scaled
from components.town import id_token_claims
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ppid
from idp.events.outbox import Outbox
from idp.keys.sealing import digest
from idp.login.pairwise import handle_place
from idp.login.sign_out import SignOut
from idp.store import pair_life

RESIDENTS = ("hanako", "ichiro")
SERVICES = {"alone": None, "left": "pair", "right": "pair", "far": None}
ITSELF = "itself"
"""A service that registered itself, by invitation."""
NAMES = sorted((*SERVICES, ITSELF))


@pytest.fixture(scope="module")
def told(shared_town):
    """The town, its services by name, and the receiver of logout tokens; two services share a sector."""
    with BackChannels() as back:
        wishes = {"backchannel_logout_uri": back.uri}
        services = {
            name: refreshing(
                shared_town,
                name,
                "wakaba" if name == "far" else "aoba",
                sector_id=sector,
                sector_purpose="続けて手続するため" if sector else "",
                **wishes,
            )
            for name, sector in SERVICES.items()
        }
        services[ITSELF] = registered_itself(shared_town, **wishes)
        for name, service in services.items():
            callers = [services["right"]] if name == "left" else []
            resource(shared_town, service, address(service), service.tenant_id, callers=callers)
        yield shared_town, services, back


def address(service):
    """The resource that the service runs."""
    return f"https://{service.client_id}.example"


def derived(town, service, sub):
    """The number derived anew, from the handle of whom `sub` stands for, and that handle."""
    tenant = town.product.directory.tenant(service.tenant_id)
    with town.product.store.for_tenant(service.tenant_id).read() as tx:
        pair = pair_life.by_digest(tx, digest(sub))
    handle = tenant.keys.open(handle_place(pair.pair_id), pair.sealed_handle)
    number = ppid.derive(
        town.product.keys,
        tenant_id=service.tenant_id,
        sector_id=service.sector_id,
        handle=handle,
        key_version=1,
        generation=pair.generation,
    )
    return number, handle


def subjects(value):
    """Every value of a member `sub`, however deep."""
    if isinstance(value, dict):
        own = [value["sub"]] if "sub" in value else []
        return own + [found for inner in value.values() for found in subjects(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in subjects(inner)]
    return []


def received(town, service, resident):
    """Sign in, ask everywhere, refresh, ask again: what the service received, and the login's transaction.

    The second refresh gives a token that is signed for the service's own resource.
    """
    code, login = town.code(service, resident, scope=SCOPE, resource=address(service))
    first = town.redeem(code, login).json
    second = refresh(town, service, first["refresh_token"]).json
    third = refresh(town, service, second["refresh_token"], resource=address(service)).json
    said = []
    for tokens in (first, second):
        said.append(id_token_claims(tokens["id_token"]))
        said.append(town.userinfo(service, tokens["access_token"]).json)
        said.append(ask_about(town, service, tokens["access_token"]).json)
    said += [id_token_claims(third[name]) for name in ("id_token", "access_token")]
    said += [ask_about(town, service, third[name]).json for name in ("access_token", "refresh_token")]
    opaque = [tokens[name] for tokens in (first, second) for name in ("access_token", "refresh_token")]
    return said, opaque, login.page_url.rpartition("/")[2]


def sign_out(town, service, transaction_id):
    """End that login; its services are told by the worker."""
    act = SignOut(
        store=town.product.store,
        outbox=Outbox(town.clock, secrets.token_bytes),
        auditor=town.product.service_changes.auditor,
        now=town.clock,
        token_bytes=secrets.token_bytes,
        delay_seconds=0,
    )
    act.run(town.product.directory.tenant(service.tenant_id), [transaction_id], sector_id=service.sector_id)
    town.product.worker.once()


@settings(max_examples=scaled(6, 60), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(RESIDENTS), st.sampled_from(NAMES)), min_size=1, max_size=3))
def test_every_place_says_the_number_of_that_sector_and_no_other(told, visits):
    """Whoever signs in where, in whatever order; logout tokens too; nothing else of a person is in any of it."""
    town, services, back = told
    for resident, name in visits:
        service = services[name]
        said, opaque, transaction_id = received(town, service, resident)
        sign_out(town, service, transaction_id)
        said.append(id_token_claims(back.tokens()[-1]))
        subs = [sub for document in said for sub in subjects(document)]
        assert len(subs) == len(said) == 11
        [sub] = set(subs)
        number, handle = derived(town, service, sub)
        assert sub == number
        text = json.dumps(said)
        spellings = {handle.hex(), base64.urlsafe_b64encode(handle).decode().rstrip("=")}
        assert not any(spelling in text for spelling in spellings)
        assert not any(
            secret in base64.urlsafe_b64decode(token + "==") for token in opaque for secret in (handle,)
        )
        assert not any(sub in token for token in opaque)


def test_sectors_share_no_number_and_services_of_one_do(told):
    """Of each person: one number at the two, another at each of the others; no number of two people is one."""
    town, services, _ = told
    numbers = {
        (resident, name): subjects(received(town, services[name], resident)[0])[0]
        for resident in RESIDENTS
        for name in NAMES
    }
    for resident in RESIDENTS:
        assert numbers[resident, "left"] == numbers[resident, "right"]
    assert len(set(numbers.values())) == 4 * len(RESIDENTS)


def test_a_resource_hears_the_number_of_its_own_sector(told):
    """Of a service beside it; a service of another sector brings no number there, of this tenant or the other."""
    town, services, _ = told
    there, right = address(services["left"]), services["right"]
    code, login = town.code(right, scope=SCOPE, resource=there)
    given = refresh(town, right, town.redeem(code, login).json["refresh_token"], resource=there).json
    heard = subjects(id_token_claims(given["access_token"]))
    assert heard == [town.sign_in(services["left"])["sub"]]
    for name in ("alone", "far"):
        _, url = town.ask(services[name], scope=SCOPE, resource=there)
        assert "error=invalid_target" in url


def test_an_agent_is_named_by_the_number_of_that_sector_too(told):
    """Both numbers, wherever they stand: alike at two services of a sector, others everywhere else."""
    town, _, _ = told
    shared = {"sector_id": "agents", "sector_purpose": "続けて手続するため"}
    services = [taking_agents(town, "acts-a", **shared), taking_agents(town, "acts-b", **shared)]
    services.append(taking_agents(town, "acts-alone"))
    mandate(town, services[0], "yoko", "midori", services=[f"acts-{end}" for end in ("a", "b", "alone")])
    numbers = []
    for service in services:
        tokens, _ = acted(town, service, "midori")
        second = refresh(town, service, tokens["refresh_token"]).json
        said = [id_token_claims(answer["id_token"]) for answer in (tokens, second)]
        said += [town.userinfo(service, answer["access_token"]).json for answer in (tokens, second)]
        said += [ask_about(town, service, answer["access_token"]).json for answer in (tokens, second)]
        [pair] = {(one["sub"], one["act"]["sub"]) for one in said}
        assert len(set(pair)) == 2
        assert [derived(town, service, number)[0] for number in pair] == list(pair)
        assert all(sorted(subjects(one)) == sorted(pair) for one in said)
        numbers.append(pair)
    assert numbers[0] == numbers[1]
    assert not set(numbers[0]) & set(numbers[2])


def test_an_event_names_the_person_as_the_service_does(aoba):
    """When a grant ends, the event's subject is the number that its tokens named."""
    with Peer(lambda _: [answer("202 Accepted")]) as receiver:
        service = refreshing(aoba, event_endpoint=f"{receiver.origin}/events")
        resource(aoba, service, address(service))
        said, _, _ = received(aoba, service, "hanako")
        sub = said[0]["sub"]
        tenant = aoba.product.directory.tenant("aoba")
        client = tenant.clients[service.client_id]
        _, handle = derived(aoba, service, sub)
        with aoba.product.store.for_tenant("aoba").write() as tx:
            aoba.product.people.ending.run(tx, tenant, client, handle)
        aoba.clock.set_offset(2 * 24 * 60 * 60)
        work = jobs(aoba, delivery(aoba))
        while work.do_one():
            pass
        [request] = receiver.requests
    assert subjects(id_token_claims(request.body.decode())) == [sub]
