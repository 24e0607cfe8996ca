"""The latest-information service in logins: a consent signed once, then today's values without a signature."""

from dataclasses import replace
from datetime import timedelta

import pytest
from components.consenting import handle_of, withdraw
from components.latest import FRAMEWORK, agreed, begun, consented, redirected, returning, verified, work
from components.my_page import MyPage
from components.refreshing import audited
from components.signatures import happens
from components.signing import ALL, choice, opened, proof, told

from idp.japan import day_in_japan
from idp.metering.report import report


@pytest.fixture
def office(aoba):
    """A service that may have all four."""
    return aoba.register("aoba", "office", scopes=ALL)


def latest_line(town):
    """What J-LIS was asked for latest information since yesterday: (questions, unanswered, yen)."""
    tenant, today = town.product.directory.tenant("aoba"), day_in_japan(town.clock())
    with town.product.store.for_tenant("aoba").read() as tx:
        lines = report(tx, tenant, today - timedelta(days=1), today)
    mine = [line for line in lines if line.method == "latest-information"]
    return [(line.checks, line.unanswered, line.amount) for line in mine]


def test_the_resident_consents_once_and_j_lis_receives_what_was_signed(aoba, office):
    """Verified as of the latest information, with its own evidence; later logins need no signature and no page."""
    first = consented(aoba, office)
    verification = first["verified_claims"]["verification"]
    assert verification["trust_framework"] == FRAMEWORK
    assert verified(first).keys() == {"name", "address"}
    assert agreed(aoba) == [("hanako", ("name", "address"))]
    login, location = begun(aoba, office)
    assert redirected(location)
    assert told(aoba, login, location) == first
    assert latest_line(aoba) == []


def test_the_statement_says_what_for_how_long_and_to_whom(aoba, office):
    """In full, before the PIN is asked: the items, the service, ten years."""
    login, location = begun(aoba, office, names=("name", "birthdate"))
    statement = opened(aoba, login, location).challenge["statement"]
    assert "項目：氏名、生年月日" in statement
    assert f"期間：{day_in_japan(aoba.clock()).year + 10}年" in statement
    assert "見本" in statement
    assert "住所" not in statement


def test_after_a_move_nothing_until_the_new_certificate_and_then_the_new_address(aoba, office):
    """The resident is told and goes on without; then J-LIS's answer, for 20 yen, which they see before."""
    before = verified(consented(aoba, office))
    happens(aoba, "move")
    login, location = begun(aoba, office)
    assert location.endswith("/signature?moved")
    page = aoba.get(login.browser, location).text
    assert "新しい署名用電子証明書" in page
    assert 'value="sign"' not in page
    after = choice(aoba, login, location, "without").headers["Location"]
    assert told(aoba, login, after).keys() == {"sub"}
    assert latest_line(aoba) == [(1, 1, 0)]
    happens(aoba, "renew")
    login, location = begun(aoba, office)
    assert location.endswith("/consent")
    assert before["address"]["formatted"] not in aoba.get(login.browser, location).text
    now = verified(told(aoba, login, location))
    assert now.keys() == {"name", "address"}
    assert now["address"] != before["address"]
    assert latest_line(aoba) == [(2, 1, 20)]
    assert verified(returning(aoba, office)) == now


def test_withdrawn_with_the_whole_consent_it_is_over_at_once(aoba, office):
    """Here before J-LIS has heard of it; the next login asks for a signature again."""
    sub = consented(aoba, office)["sub"]
    withdraw(aoba, office, sub)
    _, location = begun(aoba, office)
    assert not redirected(location)
    assert not location.endswith("/consent")
    work(aoba)
    assert agreed(aoba) == []


def test_it_is_taken_back_from_ones_own_pages_and_given_again_by_a_link(aoba, office):
    """The number stays and nobody is asked at every login; `prompt=consent` asks those who are here already."""
    consented(aoba, office)
    page = MyPage(aoba).entered()
    assert 'value="latest"' in page.get("/services/office/consent").text
    answer = page.send("/services/office/consent", withdraw="latest")
    assert "最新の内容を知らせるのをやめました" in answer.text
    assert 'value="latest"' not in answer.text
    assert page.send("/services/office/consent", withdraw="latest").status_code == 400
    work(aoba)
    assert agreed(aoba) == []
    assert returning(aoba, office).keys() == {"sub"}
    assert verified(consented(aoba, office, prompt="consent")).keys() == {"name", "address"}
    assert agreed(aoba) == [("hanako", ("name", "address"))]


def test_stopping_the_service_ends_it_too(aoba, office):
    """J-LIS hears of it."""
    sub = consented(aoba, office)["sub"]
    tenant = aoba.product.directory.tenant("aoba")
    handle = handle_of(aoba, office, sub)
    with aoba.product.store.for_tenant("aoba").write() as tx:
        aoba.product.people.ending.run(tx, tenant, tenant.clients[office.client_id], handle)
    work(aoba)
    assert agreed(aoba) == []


def test_j_lis_out_of_reach_stops_no_login(aoba, office):
    """The consent waits until J-LIS can be told; after a move a login goes on without the values."""
    consented(aoba, office)
    happens(aoba, "move")
    happens(aoba, "renew")
    aoba.control(do="lineage", mode="down")
    assert returning(aoba, office).keys() == {"sub"}


def test_what_was_taken_back_at_j_lis_is_over_here_too(aoba, office):
    """As soon as J-LIS says so: the login goes on without, and the resident's page offers nothing to end."""
    consented(aoba, office)
    aoba.world.change(lambda state: replace(state, latest=()))
    happens(aoba, "move")
    happens(aoba, "renew")
    assert returning(aoba, office).keys() == {"sub"}
    assert 'value="latest"' not in MyPage(aoba).entered().get("/services/office/consent").text


def test_an_altered_consent_is_none(aoba, office):
    """Nothing is told by it, no login fails, and the operator reads of it."""
    consented(aoba, office)
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE signed_statement SET sealed_proof = zeroblob(64)")
    assert returning(aoba, office).keys() == {"sub"}
    assert audited(aoba, "seal.broken") == 1


def test_who_does_not_sign_goes_on_without_and_is_not_asked_at_every_login(aoba, office):
    """The choice is kept as the consent without those items."""
    login, location = begun(aoba, office)
    back = aoba.get(login.browser, location + "/leave").headers["Location"]
    after = choice(aoba, login, back, "without").headers["Location"]
    assert told(aoba, login, after).keys() == {"sub"}
    assert returning(aoba, office).keys() == {"sub"}
    assert agreed(aoba) == []


def test_another_persons_card_gives_no_consent(aoba, office):
    """The signature is refused, as under any statement."""
    login, location = begun(aoba, office)
    login = opened(aoba, login, location)
    refused = aoba.prove(login, proof(aoba, login, "ichiro"))
    assert (refused.status_code, refused.json["code"]) == (403, "certificate_conflict")
    assert agreed(aoba) == []


def test_an_item_that_was_not_agreed_to_is_neither_told_nor_asked_of_j_lis(aoba, office):
    """A later login that asks for more receives what the statement covers, unless it asks the resident anew."""
    consented(aoba, office, names=("name",))
    assert agreed(aoba) == [("hanako", ("name",))]
    assert verified(returning(aoba, office)).keys() == {"name"}
    more = consented(aoba, office, names=("name", "birthdate"), prompt="consent")
    assert verified(more).keys() == {"name", "birthdate"}
    assert agreed(aoba) == [("hanako", ("name", "birthdate"))]


def test_an_item_that_the_resident_declined_stays_away(aoba):
    """On the page after the signature: J-LIS never hears of it, and never tells it, also after a move."""
    need = {"purpose": "本人の確認のため", "kept": "1年"}
    terms = {"name": need, "address": {"purpose": "案内のため", "kept": "1年", "required": False}}
    choosy = aoba.register("aoba", "choosy", scopes=ALL, claim_terms=terms)
    assert verified(consented(aoba, choosy)).keys() == {"name"}
    assert agreed(aoba) == [("hanako", ("name",))]
    happens(aoba, "move")
    happens(aoba, "renew")
    assert verified(returning(aoba, choosy)).keys() == {"name"}


def test_a_tenant_that_stores_nothing_asks_nobody(aoba, office):
    """A consent of ten years cannot be kept there: logins go on without."""
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, released_seconds=0)
    aoba.product.directory.refresh()
    assert returning(aoba, office).keys() == {"sub"}
