"""IDs that are asked for on line: at once, and by letter after the staff have compared what was written."""

import re

import pytest
from components.jobs import pass_time
from components.passwords import FAR, PASSWORD, begin, claims, enter, sign_in, switch_on, tenant_of, weak_service
from components.town import BASE_URL
from components.town import town as one_town

from idp.passwords import requests
from idp.passwords.account import Issued
from idp.passwords.web_account import FROM_ONE
from idp.registration import NotAllowed

URL = BASE_URL + "/t/aoba/account"
WRITTEN = {"name": "秘密　花子", "address": "見本県青葉市秘密町1-2-3", "born": "昭和60年6月15日"}
_addresses = iter(range(1, 250))


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A tenant that gives IDs in both ways, a service that takes those of unknown people, one that does not."""
    with one_town(tmp_path_factory.mktemp("requests"), founded_world) as made:
        switch_on(made, "password", "password-online", "password-letter")
        made.mail = weak_service(made)
        made.survey = made.register("aoba", "survey", minimum_acr="aal1", methods=("password", "password-online"))
        yield made


def ask(town, path="", *, source=None, **fields):
    """Send a form, each time from another place unless one is named."""
    environ = {"REMOTE_ADDR": source or f"198.51.100.{next(_addresses)}"}
    return town.post(town.browser(), URL + path, data=fields, environ_base=environ)


def shown(page, name):
    """What a page shows under an id."""
    return re.search(rf'id="{name}">(.*?)</b>', page.text)[1]


def apply(town, **changes):
    """A request: its number, and the ID on the screen."""
    page = ask(town, **{**WRITTEN, **changes})
    assert page.status_code == 200, page.text
    return shown(page, "request-number"), shown(page, "sign-in-id")


def at_once(town):
    """An ID that somebody made on line."""
    page = ask(town, "/online", new=PASSWORD, again=PASSWORD)
    assert page.status_code == 200, page.text
    return shown(page, "sign-in-id")


def test_from_the_request_to_the_login(town):
    """The screen has the ID, the letter the first password; it takes both, and the account says how it came."""
    acts, of = town.product.people.requests, tenant_of(town)
    number, sign_in_id = apply(town)
    assert enter(town, begin(town, town.mail), sign_in_id, "anything").status_code == 403
    written = acts.read(of, number).applicant
    assert (written.name, written.address, written.born) == tuple(WRITTEN.values())
    given = acts.accept(of, number)
    assert given.sign_in_id == sign_in_id
    login = begin(town, town.mail)
    first = enter(town, login, sign_in_id, given.first_password, new=PASSWORD, again=PASSWORD)
    assert claims(town, login, first)["amr"] == ["pwd"]
    account = town.product.people.passwords.find(of, sign_in_id)
    assert (account.issued, account.assurance) == (Issued.LETTER, "ial2")


def test_what_was_written_is_gone_when_the_staff_have_decided(town):
    """Whatever they decided, and nobody decides twice."""
    acts, of = town.product.people.requests, tenant_of(town)
    for decide in (acts.accept, acts.refuse):
        number, _ = apply(town)
        decide(of, number)
        for act in (acts.read, acts.accept, acts.refuse):
            with pytest.raises(NotAllowed):
                act(of, number)


def test_a_refused_request_leaves_no_id(town):
    """What stood on the screen opens nothing."""
    number, sign_in_id = apply(town)
    town.product.people.requests.refuse(tenant_of(town), number)
    assert town.product.people.passwords.find(tenant_of(town), sign_in_id) is None


def test_what_nobody_looks_at_goes_by_itself(aoba):
    """After thirty days, from the lists at once and from the database the same day."""
    switch_on(aoba, "password", "password-letter")
    acts, of = aoba.product.people.requests, tenant_of(aoba)
    number, _ = apply(aoba)
    assert [one.number for one in acts.waiting(of)] == [number]
    pass_time(aoba, requests.KEPT_DAYS * 24 * 3600)
    assert acts.waiting(of) == []
    with pytest.raises(NotAllowed):
        acts.accept(of, number)
    requests.forget(aoba.product.store, [of], aoba.clock())
    with aoba.product.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM account_request").scalar() == 0


def test_nothing_of_an_applicant_stands_in_clear_anywhere(town, capfd):
    """Not in the database, the trail or the log, and every request is as long as any other."""
    numbers = [apply(town, name=name)[0] for name in ("秘密　花子", "秘" * 100)]
    town.product.people.requests.read(tenant_of(town), numbers[0])
    stored = b"".join(file.read_bytes() for file in town.folder.glob("idp.db*"))
    said = capfd.readouterr()
    for secret in ("秘密", "花子", "6月15日"):
        assert secret.encode() not in stored
        assert secret not in said.out + said.err
    with town.product.store.engine.connect() as connection:
        lengths = connection.exec_driver_sql("SELECT DISTINCT length(sealed_body) FROM account_request").scalars()
        assert len(list(lengths)) == 1
        actions = connection.exec_driver_sql("SELECT DISTINCT action FROM audit_entry").scalars()
        assert {"account-request.made", "account-request.read"} <= set(actions)


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"address": ""}, {"born": "x" * 41}, {"name": "a\x00b"}, {"address": "y" * 201}]
)
def test_a_form_that_is_not_filled_in_comes_back(town, changes):
    """With what was written, and nothing is kept."""
    before = len(town.product.people.requests.waiting(tenant_of(town)))
    page = ask(town, **{**WRITTEN, **changes})
    assert page.status_code == 400
    assert 'id="account-problem"' in page.text
    assert len(town.product.people.requests.waiting(tenant_of(town))) == before


@pytest.mark.parametrize(("path", "fields"), [("", {"name": "x"}), ("/online", {"new": PASSWORD})])
def test_a_form_of_other_fields_is_refused(town, path, fields):
    """As everywhere."""
    assert ask(town, path, **fields).status_code == 400


def test_one_place_does_not_ask_without_end(town):
    """Five a day, whichever way; others still do."""
    statuses = [ask(town, source=FAR, **WRITTEN).status_code for _ in range(FROM_ONE[0] + 1)]
    assert statuses == [200] * FROM_ONE[0] + [429]
    assert ask(town, "/online", source=FAR, new=PASSWORD, again=PASSWORD).status_code == 429
    assert ask(town, **WRITTEN).status_code == 200


def test_there_is_an_end_to_what_waits(town, monkeypatch):
    """The staff are not drowned; the form says so, and keeps what was written on it."""
    monkeypatch.setattr(requests, "MOST_WAITING", len(town.product.people.requests.waiting(tenant_of(town))))
    page = ask(town, **WRITTEN)
    assert page.status_code == 503
    assert WRITTEN["name"] in page.text


def test_an_id_at_once_is_nobodys(town):
    """It signs in where a service takes unknown people, as one person, and nowhere else."""
    sign_in_id = at_once(town)
    first, again = (sign_in(town, town.survey, sign_in_id) for _ in "ab")
    assert first["sub"] == again["sub"] != sign_in(town, town.survey, at_once(town))["sub"]
    assert town.product.people.passwords.find(tenant_of(town), sign_in_id).assurance == "ial1"
    login = begin(town, town.mail)
    answer = enter(town, login, sign_in_id, PASSWORD)
    assert answer.headers["Location"] == login.page_url
    assert "secret=" not in answer.headers["Location"]


def test_a_password_that_cannot_be_chosen_makes_no_id(town):
    """Short, common, and typed differently the second time."""
    for new, again in (("short", "short"), ("password" * 2, "password" * 2), (PASSWORD, "another one entirely")):
        page = ask(town, "/online", new=new, again=again)
        assert page.status_code == 400
        assert new not in page.text


def test_each_way_exists_only_where_it_is_switched_on(aoba):
    """Pages, forms, and the link on the page for passwords."""
    mail = weak_service(aoba)
    for methods, letter, online in (
        (("password",), 404, 404),
        (("password-letter",), 404, 404),
        (("password", "password-letter"), 200, 404),
        (("password", "password-online"), 303, 200),
        (("password", "password-online", "password-letter"), 200, 200),
    ):
        switch_on(aoba, *methods)
        got = [aoba.get(aoba.browser(), URL + path).status_code for path in ("", "/online")]
        assert got == [letter, online], methods
        if "password" in methods:
            login = begin(aoba, mail)
            page = aoba.get(login.browser, f"{login.page_url}/password").text
            assert ('id="new-account"' in page) == (len(methods) > 1)
    switch_on(aoba, "password")
    assert ask(aoba, **WRITTEN).status_code == 404
    assert ask(aoba, "/online", new=PASSWORD, again=PASSWORD).status_code == 404


def test_the_staff_give_out_by_their_own_ways_alone(town):
    """Nobody gives an ID in the applicant's place."""
    for issued in (Issued.LETTER, Issued.ONLINE, Issued.CERTIFICATE):
        with pytest.raises(NotAllowed):
            town.product.people.passwords.give_out(tenant_of(town), issued)
