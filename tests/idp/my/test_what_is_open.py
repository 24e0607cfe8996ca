"""History, sessions and the report of a strange sign-in: what people see of themselves and end for themselves."""

import json

import pytest
from components.going_on import MINUTE, enter, pass_time
from components.my_page import MyPage, marks
from components.refreshing import refreshing, signed_in

from idp.login.sign_ins import forget


@pytest.fixture
def mine(aoba):
    """Hanako at her own pages; in another browser she is signed in at two services of one sector."""
    page = MyPage(aoba).entered()
    page.elsewhere = aoba.browser()
    for service in (aoba.childcare, aoba.school):
        pass_time(aoba, MINUTE)
        enter(aoba, service, page.elsewhere)
    return page


def alive(town, browser, service):
    """Whether a browser goes on at a service without a card."""
    return "code=" in town.ask(service, browser, prompt="none")[1]


def told(town):
    """To how many services word of a logout is on its way."""
    with town.product.store.engine.connect() as connection:
        kind = "SELECT count(*) FROM outbox WHERE kind = 'logout'"
        return connection.exec_driver_sql(kind).scalar_one()


def test_the_history_says_when_where_and_how(aoba, mine):
    """The latest first; a service that was entered without the card says so."""
    page = mine.get("/history").text
    assert page.index("見本のschool") < page.index("見本のchildcare") < page.index("マイページ</span>")
    assert page.count("ログインを続けて") == 1
    assert "Windows, Edge" in page


def test_what_is_open_is_listed_with_its_services(aoba, mine):
    """One login reached two services; this page is marked as the one that is read."""
    page = mine.get("/sessions")
    assert len(marks(page, "end")) == 3  # this one, the other browser's, and all of them
    assert "今見ているこの画面" in page.text
    assert "見本のchildcare" in page.text
    assert "見本のschool" in page.text


def test_one_login_is_ended_and_the_others_go_on(aoba, mine):
    """Its browser needs the card again; its services are told as by any logout."""
    heard = aoba.register("aoba", "heard", backchannel_logout_uri="https://rp.example/out")
    third = aoba.browser()
    enter(aoba, heard, third)
    assert alive(aoba, third, heard)
    newest = marks(mine.get("/sessions"), "end")[0]
    assert "終わらせました" in mine.send("/sessions", end=newest).text
    assert not alive(aoba, third, heard)
    assert told(aoba) == 1
    assert alive(aoba, mine.elsewhere, aoba.school)
    assert mine.is_in()


def test_what_is_over_is_over(aoba, mine):
    """The same mark a second time ends nothing else."""
    mark, form = marks(mine.get("/sessions"), "end")[0], mine.form("/sessions")
    mine.post("/sessions", end=mark, **form)
    assert "もう終わっています" in mine.post("/sessions", end=mark, **form).text
    assert mine.is_in()


def test_all_of_them_end_at_once(aoba, mine):
    """This one, too, and access that lasts while nobody is there."""
    away = refreshing(aoba)
    tokens = signed_in(aoba, away)
    assert "あなたがいないときも" in mine.get("/sessions").text
    assert "すべてのログインが" in mine.send("/sessions", end="all").text
    assert not mine.is_in()
    assert not alive(aoba, mine.elsewhere, aoba.school)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = aoba.post(
        aoba.browser(), f"{mine.issuer}/token", data=form, auth=(away.client_id, away.client_secret)
    )
    assert answer.json["error"] == "invalid_grant"


def test_access_that_lasts_is_ended_alone(aoba, mine):
    """Of one service; its login in a browser is another thing."""
    away = refreshing(aoba)
    signed_in(aoba, away)
    lasting = marks(mine.get("/sessions"), "end")[-2]
    mine.send("/sessions", end=lasting)
    assert "あなたがいないときも" not in mine.get("/sessions").text


def test_a_strange_sign_in_ends_everything_and_is_written_down(aoba, mine):
    """Every login ends, a transfer code is dead; the audit has the service, and names nobody."""
    mine.send("/codes/transfer", do="make")
    assert aoba.rows("transfer_code") == 1
    strange = marks(mine.get("/history/not-me"), "visit")[0]
    page = mine.send("/history/not-me", visit=strange)
    assert "知らせを" in page.text
    assert not mine.is_in()
    assert not alive(aoba, mine.elsewhere, aoba.school)
    assert aoba.rows("transfer_code") == 0
    with aoba.product.store.engine.connect() as connection:
        body = connection.exec_driver_sql(
            "SELECT body FROM audit_entry WHERE action = 'own-pages.sign-in-disputed'"
        ).scalar_one()
    said = json.loads(body)
    assert (said["client_id"], said["logins_ended"]) == (aoba.school.client_id, 2)
    assert set(said) == {"client_id", "at", "logins_ended", "person"}


def test_who_cannot_say_which_reports_it_all_the_same(aoba, mine):
    """Nothing is named, everything ends; a value that is no sign-in of theirs is refused."""
    form = mine.form("/history/not-me")
    assert mine.post("/history/not-me", visit="0" * 32, **form).status_code == 400
    assert mine.post("/history/not-me", **form).status_code == 400
    assert mine.is_in()
    assert mine.post("/history/not-me", visit="unnamed", **form).status_code == 200
    assert not mine.is_in()


def test_whom_to_call_is_the_municipalitys_own_word(aoba, mine):
    """The line for lost cards stands on the page that follows a report."""
    tenant = aoba.product.directory.tenant("aoba")
    office = {"ja": {"telephone": "000-000-0000", "lost": "見本コールセンター 000-111-2222（24時間）"}}
    aoba.product.policies.change_tenant(tenant, revocation={}, offices=office)
    page = mine.send("/history/not-me", visit="unnamed").text
    assert "見本コールセンター 000-111-2222（24時間）" in page
    assert "000-000-0000" in page


def test_sign_ins_are_forgotten_when_their_months_are_over(aoba, mine):
    """The worker deletes what is older than the tenant keeps it."""
    before = aoba.rows("sign_in"), aoba.rows("own_sign_in")
    product = aoba.product
    forget(product.store, product.directory.all(), product.now())
    assert (aoba.rows("sign_in"), aoba.rows("own_sign_in")) == before
    pass_time(aoba, 400 * 24 * 60 * MINUTE)
    forget(product.store, product.directory.all(), product.now())
    assert (aoba.rows("sign_in"), aoba.rows("own_sign_in")) == (0, 0)
