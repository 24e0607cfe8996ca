"""The resident's own pages of passwords and passkeys: made with the card, and theirs alone."""

import re
from html import unescape

import pytest
from components.authenticator import Authenticator
from components.consenting import handle_of
from components.my_page import MyPage, marks
from components.passkeys import begin as begin_passkey
from components.passkeys import options_of, send, show
from components.passwords import OTHER, PASSWORD, begin, enter, sign_in, switch_on, told, weak_service
from components.town import town as one_town


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """Passwords and passkeys switched on, and a service that takes both."""
    with one_town(tmp_path_factory.mktemp("my-ways"), founded_world) as made:
        switch_on(made, "password", "passkey")
        made.mail = weak_service(made)
        yield made


def make_password(page, password=PASSWORD):
    """Choose a password; the ID that the page shows."""
    answer = page.send("/ways/password", new=password, again=password)
    assert answer.status_code == 200, answer.text
    return re.search(r'id="sign-in-id">([^<]+)<', answer.text)[1]


def make_passkey(page, passkey):
    """Let the browser make one; the answer to the form."""
    form = page.get("/ways/passkey").text
    options = unescape(re.search(r'data-options="([^"]+)"', form)[1])
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return page.post("/ways/passkey", **{**hidden, "answer": passkey.create(options)})


def test_a_password_is_made_with_the_card_and_signs_in(town):
    """The ID is shown then; it stays when the password is chosen anew."""
    page = MyPage(town).entered()
    sign_in_id = make_password(page)
    assert sign_in(town, town.mail, sign_in_id)["sub"] == town.sign_in(town.mail)["sub"]
    assert make_password(page, OTHER) == sign_in_id
    assert told(enter(town, begin(town, town.mail), sign_in_id, PASSWORD))[0] == 403
    assert sign_in(town, town.mail, sign_in_id, OTHER)["amr"] == ["pwd"]


@pytest.mark.parametrize(("new", "again"), [("short", "short"), (PASSWORD, OTHER), ("passwordpassword",) * 2])
def test_what_cannot_be_chosen_is_told(town, new, again):
    """On the form, with nothing changed."""
    page = MyPage(town, "midori").entered()
    assert page.send("/ways/password", new=new, again=again).status_code == 400
    assert 'id="sign-in-id"' not in page.get("/ways").text


def test_a_passkey_is_made_signs_in_and_is_removed(town):
    """In the browser where the card was read, to the same number."""
    page, passkey = MyPage(town, "ichiro").entered(), Authenticator()
    assert make_passkey(page, passkey).status_code == 200
    login = begin_passkey(town, town.library)
    assert show(town, login, passkey).status_code == 303
    (index,) = marks(page.get("/ways"), "passkey")
    assert page.send("/ways", passkey=index).status_code == 405
    form = page.form("/ways")
    assert MyPage(town, "midori").entered().post("/ways/remove", **form, passkey=index).status_code == 400
    assert page.post("/ways/remove", **form, passkey=index).status_code == 200
    assert show(town, begin_passkey(town, town.library), passkey).status_code == 403


def test_another_person_removes_nothing_of_mine(town):
    """With a form of their own and the value of mine."""
    mine, other = MyPage(town, "hanako").entered(), MyPage(town, "midori").entered()
    make_passkey(mine, Authenticator())
    make_passkey(other, Authenticator())
    (index,) = marks(mine.get("/ways"), "passkey")
    other.post("/ways/remove", **other.form("/ways"), passkey=index)
    assert marks(mine.get("/ways"), "passkey") == [index]


def test_a_challenge_binds_once_and_in_its_own_session(town):
    """Sent twice, in somebody else's session, or with garbage: nothing is bound."""
    one, other, passkey = MyPage(town, "midori").entered(), MyPage(town, "ichiro").entered(), Authenticator()
    before = len(marks(one.get("/ways"), "passkey"))
    form = one.get("/ways/passkey").text
    made = passkey.create(unescape(re.search(r'data-options="([^"]+)"', form)[1]))
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert other.send("/ways/passkey", answer=made).status_code == 403
    assert one.post("/ways/passkey", **{**hidden, "answer": made}).status_code == 200
    for answer in (made, "", "{}"):
        assert one.post("/ways/passkey", **{**hidden, "answer": answer}).status_code == 403
    assert len(marks(one.get("/ways"), "passkey")) == before + 1


def test_a_passkey_makes_neither_password_nor_passkey(town):
    """It opens the own pages; what would outlive it needs the card itself."""
    passkey = Authenticator()
    make_passkey(MyPage(town).entered(), passkey)
    page = MyPage(town)
    login = page.begin()
    answer = send(town, login, passkey.get(options_of(town, login)))
    town.get(page.browser, answer.headers["Location"])
    assert page.is_in()
    for path in ("/ways/password", "/ways/passkey"):
        assert 'id="my-sign-in"' in page.get(path).text
        assert page.post(path, new=PASSWORD, again=PASSWORD, answer="{}", form="x").status_code == 303


def test_an_old_login_has_to_show_the_card_again(aoba):
    """What signs in for years is made within minutes of the card."""
    switch_on(aoba, "password", "passkey")
    page = MyPage(aoba).entered()
    form = page.form("/ways/password")
    aoba.control(do="clock", seconds=6 * 60)
    assert 'id="my-sign-in"' in page.get("/ways/password").text
    assert page.post("/ways/password", **form, new=PASSWORD, again=PASSWORD).status_code == 303


def test_whoever_leaves_leaves_no_way_in(aoba):
    """Password and passkey end with everything else, and are told in the data before."""
    switch_on(aoba, "password", "passkey")
    mail, page, passkey = weak_service(aoba), MyPage(aoba).entered(), Authenticator()
    sign_in_id = make_password(page)
    make_passkey(page, passkey)
    handle = handle_of(aoba, aoba.library, aoba.sign_in(aoba.library)["sub"])
    tenant, people = aoba.product.directory.tenant("aoba"), aoba.product.people
    with aoba.product.store.for_tenant("aoba").write() as tx:
        people.leaving.run(tx, tenant, handle)
    assert told(enter(aoba, begin(aoba, mail), sign_in_id, PASSWORD))[0] == 403
    assert show(aoba, begin_passkey(aoba, aoba.library), passkey).status_code == 403


def test_nothing_is_offered_where_nothing_is_switched_on(aoba):
    """The part says so, and its pages are not there."""
    page = MyPage(aoba).entered()
    assert "電子証明書だけ" in page.get("/ways").text
    for path in ("/ways/password", "/ways/passkey"):
        assert page.get(path).status_code == 404


def test_a_passkey_reads_and_only_the_card_does_what_cannot_be_undone(town):
    """Whoever got at a copied passkey makes no transfer code, takes no file and ends nobody."""
    passkey, page = Authenticator(copied=True), MyPage(town, "ichiro")
    make_passkey(MyPage(town, "ichiro").entered(), passkey)
    town.get(page.browser, show(town, page.begin(), passkey).headers["Location"])
    assert page.is_in()
    for path in ("/codes/transfer", "/codes/resident", "/data", "/leaving/sure", "/ways/passkey"):
        assert 'id="my-sign-in"' in page.get(path).text, path
        assert page.post(path, do="make").status_code == 303
    again = page.begin("/codes/transfer")
    assert "by-passkey" not in town.get(page.browser, again.page_url).text
    assert send(town, again, "{}").status_code == 404
    town.get(page.browser, town.accept(again, "ichiro"))
    assert page.send("/codes/transfer", do="cancel").status_code == 200
