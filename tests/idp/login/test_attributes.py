"""The Basic 4 from a resident's card: asked for, read, shown, agreed to, told by UserInfo."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from components.attribute_login import ALL, HANAKO, begun, consent_page, tokens_of, told
from components.counter import enrol, refused, switch
from components.particulars import BAD, GOOD, Particulars
from components.phone import scan, type_code
from components.town import id_token_claims

from idp.errors import Reason
from idp.sources.record import Read, Source


@pytest.fixture(scope="module")
def town(shared_town):
    """One town for all: each test begins logins of its own."""
    return shared_town


@pytest.fixture(scope="module")
def clinic(town):
    """A service that may have all four."""
    return town.register("aoba", "clinic", scopes=ALL)


@pytest.fixture(scope="module")
def museum(town):
    """A service that may have the name and the date of birth."""
    return town.register("aoba", "museum", scopes=("openid", "name", "birthdate", "profile"))


@pytest.mark.parametrize(
    ("scope", "attributes"),
    [
        ("openid", []),
        ("openid birthdate name", ["name", "birthdate"]),
        ("openid name address gender", ["name"]),
        ("openid profile", ["name", "birthdate"]),
    ],
)
def test_a_challenge_asks_for_what_the_service_asks_for_and_may_have(town, museum, scope, attributes):
    """Of scopes that it is not registered for nothing is read; `profile` gives what it has one by one."""
    assert begun(town, museum, scope).challenge["attributes"] == attributes


def test_userinfo_tells_what_was_read_and_the_id_token_does_not(town, clinic):
    """All four, in the forms of OpenID Connect Core 5.1; the token answer names the scopes."""
    login = begun(town, clinic, "openid name address birthdate gender")
    tokens = tokens_of(town, login, town.prove(login, town.sign(login)))
    claims = id_token_claims(tokens["id_token"])
    assert town.userinfo(clinic, tokens["access_token"]).json == {"sub": claims["sub"], **HANAKO}
    assert tokens["scope"] == "openid name address birthdate gender"
    assert not claims.keys() & HANAKO.keys()


def test_a_service_receives_no_more_than_it_may_have(town, museum):
    """The card gives all four; a service with two scopes sees two, whatever it asks for."""
    assert told(town, museum) == {"name": HANAKO["name"], "birthdate": HANAKO["birthdate"]}


@pytest.mark.parametrize("card", GOOD, ids=range(len(GOOD)))
def test_every_layout_of_the_file_is_read(town, clinic, card):
    """With and without two leading bytes, long and short lengths; what a card leaves open is not told."""
    claims = told(town, clinic, ef0002=card.file)
    assert claims["name"] == card.name.decode()
    assert claims.get("address", {}).get("formatted", "") == card.address.decode()
    assert ("birthdate" in claims, "gender" in claims) == (card.birth[4:] != b"0000", card.gender in (b"1", b"2"))


@pytest.mark.parametrize(
    "content", [content for content in BAD.values() if content], ids=[n for n in BAD if BAD[n]]
)
def test_a_file_that_cannot_be_read_is_refused(town, clinic, content):
    """After the signature, which binds it."""
    login = begun(town, clinic, "openid name")
    answer = town.prove(login, town.sign(login, ef0002=content))
    assert refused(answer) == (Reason.ATTRIBUTES_INVALID, 403)


@pytest.mark.parametrize("input_support", [{}, {"ef0002": ""}, {"ef0003": "AAAA"}])
def test_asked_and_absent_is_refused(town, clinic, input_support):
    """No attributes is none of the ways to answer a challenge that asks for them."""
    login = begun(town, clinic, "openid name")
    answer = town.prove(login, town.sign(login, ef0002=b"", input_support=input_support))
    assert refused(answer) == (Reason.ATTRIBUTES_INVALID, 403)
    missing = town.sign(login, ef0002=b"")
    assert refused(town.prove(login, missing)) == (Reason.ATTRIBUTES_INVALID, 403)


@pytest.mark.parametrize("input_support", ["AAAA", [], None, {"ef0002": 1}, {"ef0002": "A"}, {"ef0002": "-_-_"}])
def test_what_is_not_of_the_form_is_malformed(town, clinic, input_support):
    """Before the nonce is taken: the same challenge can still be answered."""
    login = begun(town, clinic, "openid name")
    proof = town.sign(login)
    assert refused(town.prove(login, {**proof, "input_support": input_support})) == (Reason.MALFORMED, 400)
    assert town.prove(login, proof).status_code == 200


def test_not_asked_and_present_is_malformed(town, clinic, museum):
    """For a service that asks for nothing, and across devices for one that would."""
    for service, scope in ((clinic, "openid"), (museum, "openid address gender")):
        login = begun(town, service, scope)
        answer = town.prove(login, town.sign(login, ef0002=Particulars().file))
        assert refused(answer) == (Reason.MALFORMED, 400)


def test_altered_attributes_break_the_signature(town, clinic):
    """Another name of the same length; and the one that was signed, left out of what is signed."""
    login = begun(town, clinic, "openid name")
    other = base64.b64encode(Particulars(name="髙橋　華子".encode()).file).decode()
    answer = town.prove(login, town.sign(login, ef0002=Particulars().file, input_support={"ef0002": other}))
    assert refused(answer) == (Reason.SIGNATURE_INVALID, 400)
    town.challenge(login)
    unbound = town.sign(login, ef0002=b"", input_support={"ef0002": other})
    assert refused(town.prove(login, unbound)) == (Reason.SIGNATURE_INVALID, 400)


def test_other_files_of_the_card_are_not_looked_at(town, clinic):
    """EF 0003 and EF 0004, whatever stands there."""
    login = begun(town, clinic, "openid name")
    proof = town.sign(login)
    proof["input_support"] |= {"ef0003": 3, "ef0004": ["x"], "ef0001": "nobody may send this"}
    assert town.prove(login, proof).status_code == 200


def test_across_devices_nothing_is_read_and_the_page_says_so(town, clinic):
    """The resident signs in, the claims are absent, and the consent page says that they are."""
    login = town.begin(clinic, scope="openid name address")
    phone = scan(town, login)
    phone.fetch()
    assert phone.login.challenge["attributes"] == []
    answer = type_code(town, login, phone.code())
    page = town.get(login.browser, answer.headers["Location"]).text
    assert "氏名、住所も求めています" in page
    location = town.consent(login, answer.headers["Location"]).headers["Location"]
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    assert town.userinfo(clinic, tokens["access_token"]).json.keys() == {"sub"}


def test_finishing_by_code_discards_what_was_read(town, clinic):
    """Read on this very device, and finished as if it had been another."""
    login = begun(town, clinic, "openid name")
    answer = town.prove(login, town.sign(login, "yoko"))
    location = type_code(town, login, answer.json["code"]).headers["Location"]
    assert "見本　陽子" not in town.get(login.browser, location).text
    location = town.consent(login, location).headers["Location"]
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    assert town.userinfo(clinic, tokens["access_token"]).json.keys() == {"sub"}


def test_the_consent_page_shows_a_persons_own_values(town):
    """As they will be handed over, with a word on characters, on being recognised, and on what is not given."""
    service = town.register("aoba", "own-values", scopes=ALL)
    _, _, page = consent_page(town, service, "jun")
    for words in (
        "見本　じゅん",
        "見本町一丁目２－３",
        "1988年10月10日",
        "男・女のどちらも書かれていません",
        "渡しません",
    ):
        assert words in page
    assert "文字の字体は、住民票と異なることがあります。" in page
    assert "同じ人だと分かるようになります" in page
    assert "前回と違います" not in page


def test_a_denial_releases_nothing(town):
    """Neither a row nor an answer."""
    service = town.register("aoba", "denied", scopes=ALL)
    before = town.rows("released_attribute")
    login, url, _ = consent_page(town, service)
    assert "access_denied" in town.consent(login, url, "deny").headers["Location"]
    assert town.rows("released_attribute") == before


def test_what_was_agreed_to_is_not_asked_again_until_it_changes(town):
    """The same values go without a question; another address is shown first, and named as changed, alone."""
    service = town.register("aoba", "again", scopes=ALL)
    assert told(town, service, ef0002=Particulars().file) == HANAKO
    _, _, unasked = consent_page(town, service, ef0002=Particulars().file)
    assert unasked == ""
    assert told(town, service, ef0002=Particulars().file) == HANAKO
    moved = Particulars(address="見本県若葉市".encode()).file
    login, url, page = consent_page(town, service, ef0002=moved)
    assert page.count("前回と違います") == 1
    assert page.index("見本県若葉市") < page.index("前回と違います") < page.index("1985年6月15日")
    town.consent(login, url)
    assert told(town, service, ef0002=moved)["address"] == {"formatted": "見本県若葉市"}


def test_more_than_was_agreed_to_is_asked_for(town):
    """A consent to the name is none to the address."""
    service = town.register("aoba", "more", scopes=ALL)
    assert told(town, service, scope="openid name") == {"name": HANAKO["name"]}
    _, _, page = consent_page(town, service, scope="openid name address")
    assert HANAKO["address"]["formatted"] in page


def test_a_change_is_known_without_keeping_the_value(town):
    """Marks of one value at two services, and of two people with the same value, have nothing in common."""
    keys = town.product.directory.tenant("aoba").keys
    marks = {
        keys.attribute_mark(client, handle, name, value)
        for client in ("a", "b")
        for handle in (b"1" * 32, b"2" * 32)
        for name in ("name", "address")
        for value in ("髙橋", "高橋")
    }
    assert len(marks) == 16


@pytest.fixture(scope="module")
def desk(town):
    """A service at a counter that takes kazashi and may have everything."""
    switch(town, ["kazashi"])
    return town.register("aoba", "desk", scopes=ALL, minimum_acr="aal1", methods=("kazashi",))


@pytest.fixture(scope="module")
def window(town, desk):
    """The counter's terminal."""
    return enrol(town, desk, terminal_id="mado-attributes")


@pytest.mark.parametrize("mode", ["pin", "kazashi"])
def test_at_a_counter_both_modes_bring_them(town, desk, window, mode):
    """Bound by the terminal's signature; altered ones are refused."""
    town.sign_in(desk, scope="openid")
    login = town.begin(desk, scope="openid name gender")
    assert window.challenge(login).json["attributes"] == ["name", "gender"]
    other = {"ef0002": base64.b64encode(Particulars().file[:-1] + b"1").decode()}
    altered = window.sign(login, mode, input_support=other)
    assert refused(town.prove(login, altered)) == (Reason.SIGNATURE_INVALID, 400)
    tokens = tokens_of(town, login, window.prove(login, mode))
    claims = town.userinfo(desk, tokens["access_token"]).json
    assert (claims["name"], claims["gender"]) == (HANAKO["name"], HANAKO["gender"])


@pytest.mark.parametrize("mode", ["pin", "kazashi"])
def test_at_a_counter_asked_and_absent_is_refused(town, desk, window, mode):
    """And not asked and present is malformed."""
    login = town.begin(desk, scope="openid name")
    window.challenge(login)
    absent = window.sign(login, mode, by=town.sign(login, ef0002=b""))
    assert refused(town.prove(login, absent)) == (Reason.ATTRIBUTES_INVALID, 403)
    login = town.begin(desk, scope="openid")
    window.challenge(login)
    unasked = window.sign(login, mode, by=town.sign(login, ef0002=Particulars().file))
    assert refused(town.prove(login, unasked)) == (Reason.MALFORMED, 400)


def test_a_read_record_hides_its_values():
    """No representation shows them: a log of it says nothing."""
    read = Read(Source.SELF, {"name": "髙橋　花子"})
    assert "花子" not in repr(read)
    assert Read.from_json(read.to_json()) == read
