"""sector_identifier_uri: which redirect URIs it holds together, and which sector its host finds (04)."""

import json
from dataclasses import replace

import pytest
from components.peer import CLOSE, Peer, answer
from components.registering import invited, own, register
from components.town import REDIRECT_URI, town

from idp.registration import NewService, NotAllowed
from idp.services.sector_identifiers import require_listed
from idp.services.service_changes import ServiceChange
from idp.tenants.tenancy import ACTIVE, WAITING

OTHER = "http://localhost:8901/callback"


@pytest.fixture
def document():
    """A server whose document is what a test puts into `steps`; it lists the usual redirect URI."""
    served = [[answer("200 OK", json.dumps([REDIRECT_URI]).encode())]]
    with Peer(lambda _: served[0]) as peer:
        peer.served = served
        peer.uri = f"{peer.origin}/redirect_uris.json"
        yield peer


def test_a_document_that_lists_every_redirect_uri_is_accepted(aoba, document):
    """It is fetched once, at the registration; the sector's id says nothing of the host that found it."""
    made = own(aoba, sector_identifier_uri=document.uri, subject_type="pairwise")
    assert made.told["sector_identifier_uri"] == document.uri
    assert "127.0.0.1" not in made.client.sector_id
    aoba.sign_in(made.service)
    assert [request.line for request in document.requests] == ["GET /redirect_uris.json HTTP/1.1"]


@pytest.mark.parametrize(
    "steps",
    [
        [answer("200 OK", json.dumps([OTHER]).encode())],
        [answer("200 OK", json.dumps([REDIRECT_URI + "/"]).encode())],
        [answer("200 OK", json.dumps({"redirect_uris": [REDIRECT_URI]}).encode())],
        [answer("200 OK", json.dumps([REDIRECT_URI, 7]).encode())],
        [answer("200 OK", b"<html>")],
        [answer("404 Not Found")],
        [answer("302 Found", b"", "Location: http://127.0.0.1:1/")],
        [answer("200 OK", json.dumps([REDIRECT_URI, "x" * 70_000]).encode())],
        [CLOSE],
    ],
    ids=["other", "longer", "object", "number", "page", "404", "redirect", "large", "closed"],
)
def test_any_other_document_is_refused(shared_town, document, steps):
    """400 invalid_client_metadata, and nothing is written."""
    document.served[0] = steps
    before = set(shared_town.product.directory.tenant("aoba").clients)
    refused = register(shared_town, invited(shared_town), sector_identifier_uri=document.uri)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")
    assert set(shared_town.product.directory.tenant("aoba").clients) == before


@pytest.mark.parametrize(
    "uri",
    [
        "http://a.example/s.json",
        "https://10.1.2.3/s.json",
        "https://[::ffff:10.0.0.1]/s.json",
        "file:///etc/passwd",
    ],
)
def test_no_document_of_our_own_network_is_fetched(shared_town, uri):
    """Refused by the rules, or by the guarded client (security O16)."""
    refused = register(shared_town, invited(shared_town), sector_identifier_uri=uri)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")


def test_services_of_one_host_share_a_sector_and_a_number(aoba, document):
    """In the sandbox at once, and the consent page says so; another path, the same sector."""
    first = own(aoba, sector_identifier_uri=document.uri)
    second = own(aoba, sector_identifier_uri=f"{document.origin}/elsewhere.json")
    alone = own(aoba)
    assert first.client.sector_id == second.client.sector_id != alone.client.sector_id
    assert aoba.product.directory.tenant("aoba").sectors[first.client.sector_id].purpose
    numbers = [aoba.sign_in(made.service)["sub"] for made in (first, second, alone)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_outside_the_sandbox_joining_waits_for_an_administrator(tmp_path, founded_world, document):
    """Nobody signs in to it until then, nobody else is asked anything anew, and a purpose is stated."""
    with town(tmp_path, founded_world) as made:
        services = made.product.service_acts
        first = own(made, sector_identifier_uri=document.uri)
        tenant = replace(made.product.directory.tenant("aoba"), sandbox=False)
        rules = made.product.administration._services
        new = NewService(
            service_id="second",
            name_ja="二つ目",
            redirect_uris=("https://a.example/cb",),
            sector_identifier_uri="https://127.0.0.1/sector.json",
        )
        with made.product.store.for_tenant("aoba").write() as tx:
            itself = {"token": "00" * 32, "reviewed": False, "terms": {}, "at": 0}
            added = rules.add(tx, tenant, new, itself=itself)
        assert (added.state, added.sector_id) == (WAITING, first.client.sector_id)
        made.product.directory.refresh()
        tenant = made.product.directory.tenant("aoba")
        waiting = tenant.clients[added.client_id]
        assert tenant.sharing(first.client) == ()
        with pytest.raises(NotAllowed, match="purpose"):
            services.standing.approve(tenant, waiting)
        services.standing.approve(tenant, waiting, sector_purpose="続けて手続するため")
        tenant = made.product.directory.tenant("aoba")
        assert tenant.clients[added.client_id].state == ACTIVE
        assert tenant.sectors[added.sector_id].purpose == "続けて手続するため"
        assert [client.client_id for client in tenant.sharing(first.client)] == [added.client_id]


def test_several_hosts_need_a_document_or_a_named_sector(aoba, document):
    """Of an administrator's service as well; all names of loopback are one host."""
    several = ["https://a.example/cb", "https://b.example/cb"]
    document.served[0] = [answer("200 OK", json.dumps(several).encode())]
    assert register(aoba, invited(aoba), redirect_uris=several).status_code == 400
    assert own(aoba, redirect_uris=several, sector_identifier_uri=document.uri).client.state == ACTIVE
    assert own(aoba, redirect_uris=[REDIRECT_URI, OTHER]).client.state == ACTIVE
    assert own(aoba, terms={"sector_id": "culture"}, redirect_uris=several).client.sector_id == "culture"
    with pytest.raises(NotAllowed, match="several hosts"):
        aoba.register("aoba", "several", redirect_uris=several)
    aoba.register(
        "aoba", "several", redirect_uris=several, sector_identifier_uri=document.uri, sector_purpose="読書"
    )
    aoba.register("aoba", "named", redirect_uris=several, sector_id="named")


def test_a_document_stays_as_it_was_registered_and_is_asked_at_every_change(aoba, document):
    """Another one, none, or a redirect URI that it does not list: refused, whoever wishes for it."""
    made = own(aoba, sector_identifier_uri=document.uri)
    for uri in (f"{document.origin}/another.json", None):
        assert made.put(sector_identifier_uri=uri).status_code == 400
    assert made.put(sector_identifier_uri=document.uri, redirect_uris=[OTHER]).status_code == 400
    tenant = aoba.product.directory.tenant("aoba")
    with pytest.raises(NotAllowed, match="does not list"):
        aoba.product.service_changes.change(tenant, made.client, ServiceChange(redirect_uris=(OTHER,)))
    document.served[0] = [answer("200 OK", json.dumps([REDIRECT_URI, OTHER]).encode())]
    assert made.put(sector_identifier_uri=document.uri, redirect_uris=[OTHER]).status_code == 200
    aoba.product.service_changes.change(tenant, made.client, ServiceChange(redirect_uris=(REDIRECT_URI,)))
    assert made.client.redirect_uris == (REDIRECT_URI,)


def test_an_invitation_into_a_sector_says_why_it_is_shared(aoba):
    """Residents of both are told; a sector without a purpose lets nobody in."""
    joined = own(aoba, terms={"sector_id": aoba.library.sector_id, "sector_purpose": "貸出のため"})
    assert joined.client.sector_id == aoba.library.sector_id
    refused = register(aoba, invited(aoba, sector_id=own(aoba).client.sector_id))
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("document", [b"", b"null", b"{}", b'["a", "a", 1]', b"\xff", b"[" * 3000])
def test_what_is_no_document_lists_nothing(document):
    """Pure: as it is judged, wherever it came from."""
    with pytest.raises(NotAllowed):
        require_listed(document, ["a"])
