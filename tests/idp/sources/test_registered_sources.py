"""A service that is registered for one source: it takes items of a person from that alone, whatever it asks."""

import re

import pytest
from components.counter import enrol
from components.latest import agreed, returning, verified, work
from components.registering import Own, invited, register
from components.signatures import happens
from components.signing import ALL, begun, opened, to_consent, told
from components.town import town as a_town

from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange

SCOPE = "openid name address"


@pytest.fixture(scope="module")
def made(tmp_path_factory, founded_world):
    """A town whose services are registered for one source each."""
    with a_town(tmp_path_factory.mktemp("sources"), founded_world) as running:
        yield running


def office(town, *sources, service_id=None, **wishes):
    """A service that takes these sources alone."""
    name = service_id or f"office-{'-'.join(sources)}"
    return town.register("aoba", name, scopes=ALL, attribute_sources=sources, **wishes)


def plainly(town, service, **parameters):
    """A login that asks by scopes alone: it, and where it goes on after the card."""
    return begun(town, service, claims=None, scope=SCOPE, **parameters)


def test_by_its_scopes_alone_the_signature_certificate_is_asked_for(made):
    """Nothing is read from the card; whoever does not sign hands over nothing."""
    service = office(made, "signature")
    login = made.begin(service, scope=SCOPE)
    assert made.challenge(login).json["attributes"] == []
    login, location = plainly(made, service)
    login = opened(made, login, location)
    assert "項目：氏名、住所" in login.challenge["statement"]
    claims = told(made, login, to_consent(made, login))
    assert (claims["name"], "verified_claims" in claims) == ("高橋　花子", False)


def test_by_its_scopes_alone_the_latest_information_is_asked_for(made):
    """Signed once; after a move the new address in the plain claim."""
    service = office(made, "latest")
    login, location = plainly(made, service, resident="yoko")
    before = told(made, login, to_consent(made, opened(made, login, location), "yoko"))
    work(made)
    assert agreed(made) == [("yoko", ("name", "address"))]
    happens(made, "move", "yoko")
    happens(made, "renew", "yoko")
    after = returning(made, service, "yoko", claims=None, scope=SCOPE)
    assert (after["sub"], after["name"]) == (before["sub"], before["name"])
    assert after["address"] != before["address"]


def test_a_service_of_ones_own_reading_asks_nobody_for_a_signature(made):
    """Also where its request names the signature certificate: nothing is verified then."""
    service = office(made, "self")
    login, location = begun(made, service, "midori", names=("name",), scope="openid name")
    assert location.endswith("/consent")
    assert told(made, login, location).keys() == {"sub", "name"}


def test_a_service_of_the_counter_reads_no_card_at_home(made):
    """The page says what is not handed over; at the counter it is."""
    service = office(made, "terminal")
    login, location = plainly(made, service, resident="ichiro")
    assert "氏名" in made.get(login.browser, location).text
    assert told(made, login, location).keys() == {"sub"}
    window = enrol(made, service, terminal_id="mado-one-source")
    login = made.begin(service, scope=SCOPE)
    assert window.challenge(login).json["attributes"] == ["name", "address"]


def test_a_service_of_the_certificate_reads_no_card_at_the_counter(made):
    """Its terminal only signs people in."""
    service = office(made, "signature", service_id="signing-desk")
    window = enrol(made, service, terminal_id="mado-no-source")
    login = made.begin(service, scope=SCOPE)
    assert window.challenge(login).json["attributes"] == []


def test_of_several_the_first_is_asked_for_and_a_request_may_choose_another(made):
    """By `verified_claims`, among those that it takes."""
    service = office(made, "latest", "signature")
    login, location = plainly(made, service, resident="hinata")
    assert "最新の内容" in opened(made, login, location).challenge["statement"]
    login, location = begun(made, service, "hinata", names=("name",))
    login = opened(made, login, location)
    assert "回数：このログインの1回" in login.challenge["statement"]
    assert verified(told(made, login, to_consent(made, login, "hinata"))).keys() == {"name"}


@pytest.mark.parametrize("named", [("card",), ("self", "self"), ("",)])
def test_what_is_no_source_or_named_twice_is_refused(made, named):
    """One sentence that lists them."""
    with pytest.raises(NotAllowed, match="self, terminal, signature, latest"):
        office(made, *named, service_id="none")


def test_it_is_changed_and_taken_away_by_administrators(made):
    """Empty: whichever is asked for, as before."""
    service = office(made, "signature", service_id="changing")
    tenant = made.product.directory.tenant("aoba")
    for sources, read in (("terminal",), []), ((), ["name", "address"]):
        made.product.service_changes.change(
            tenant, tenant.clients[service.client_id], ServiceChange(attribute_sources=sources)
        )
        made.product.directory.refresh()
        login = made.begin(service, scope=SCOPE)
        assert made.challenge(login).json["attributes"] == read
        tenant = made.product.directory.tenant("aoba")


def test_a_service_that_registers_itself_neither_chooses_it_nor_gets_rid_of_it(made):
    """It is an administrator's decision: unknown metadata is ignored, and stays as it was decided."""
    token = invited(made, scopes=("openid", "name"))
    own = Own(made, register(made, token, attribute_sources=["self"], scope="openid name").json)
    made.product.directory.refresh()
    tenant = made.product.directory.tenant("aoba")
    assert tenant.clients[own.client_id].attribute_sources == ()
    made.product.service_changes.change(
        tenant, tenant.clients[own.client_id], ServiceChange(attribute_sources=("signature",))
    )
    assert own.put(scope="openid name", client_name="見本の届出 2", attribute_sources=[]).status_code == 200
    made.product.directory.refresh()
    assert made.product.directory.tenant("aoba").clients[own.client_id].attribute_sources == ("signature",)


def test_the_page_of_such_a_login_is_the_ordinary_one(made):
    """The statement, then consent with the person's own values: no word about sources that are not asked."""
    service = office(made, "signature", service_id="reading")
    login, location = plainly(made, service, resident="aoi")
    page = made.get(login.browser, to_consent(made, opened(made, login, location), "aoi")).text
    assert re.search("見本　あおい", page)
    assert "署名用電子証明書" in page
