"""The Basic 4 from a resident's card: asked for, read, shown, agreed to, told by UserInfo, and nowhere else."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.counter import enrol, refused, switch
from components.particulars import BAD, GOOD, Particulars
from components.phone import scan, type_code
from components.town import id_token_claims

from idp.errors import Reason
from idp.login.attributes import Read, Source
from idp.login.release import KEPT_SECONDS
from idp.store import pair_life, schema

ALL = ("openid", "name", "address", "birthdate", "gender", "profile")
HANAKO = {
    "name": "髙橋　花子",
    "address": {"formatted": "見本県青葉市見本町一丁目２－３"},
    "birthdate": "1985-06-15",
    "gender": "female",
}


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


def begun(town, service, scope):
    """A login whose challenge was fetched."""
    login = town.begin(service, scope=scope)
    assert town.challenge(login).status_code == 200
    return login


def tokens_of(town, login, answer, decision="allow"):
    """From an accepted proof to the token answer; consent where it is asked."""
    assert answer.status_code == 200, answer.text
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location, decision).headers["Location"]
    return town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json


def told(town, service, resident="hanako", *, scope="openid name address birthdate gender", ef0002=None):
    """What UserInfo tells after a whole login, beside the subject."""
    login = begun(town, service, scope)
    tokens = tokens_of(town, login, town.prove(login, town.sign(login, resident, ef0002=ef0002)))
    claims = town.userinfo(service, tokens["access_token"]).json
    return {name: value for name, value in claims.items() if name != "sub"}


def consent_page(town, service, resident="hanako", *, scope="openid name address birthdate gender", ef0002=None):
    """The page that asks; the login and the page's address."""
    login = begun(town, service, scope)
    answer = town.prove(login, town.sign(login, resident, ef0002=ef0002))
    url = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    return login, url, town.get(login.browser, url).text if url.endswith("/consent") else ""


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


def test_what_was_released_ends(aoba):
    """With the token's time, for UserInfo; and by the worker, for good."""
    service = aoba.register("aoba", "ends", scopes=ALL)
    login = begun(aoba, service, "openid name gender")
    tokens = tokens_of(aoba, login, aoba.prove(login, aoba.sign(login)))
    assert aoba.userinfo(service, tokens["access_token"]).json["name"] == HANAKO["name"]
    assert aoba.rows("released_attribute") == 2
    aoba.product.worker.once()
    assert aoba.rows("released_attribute") == 2
    aoba.control(do="clock", seconds=KEPT_SECONDS + 1)
    assert aoba.userinfo(service, tokens["access_token"]).status_code == 401
    aoba.product.worker.once()
    assert aoba.rows("released_attribute") == 0


def test_a_replayed_or_misused_code_takes_it_away(aoba):
    """Who presents a code twice, or wrongly, leaves nothing behind to be told."""
    service = aoba.register("aoba", "replayed", scopes=ALL)
    code, login = aoba.code(service, scope="openid name")
    assert aoba.redeem(code, login).status_code == 200
    aoba.control(do="clock", seconds=30)
    assert aoba.redeem(code, login).status_code == 400
    assert aoba.rows("released_attribute") == 0
    code, login = aoba.code(service, scope="openid name")
    assert aoba.rows("released_attribute") == 1
    assert aoba.redeem(code, login, code_verifier="v" * 50).status_code == 400
    assert aoba.rows("released_attribute") == 0


def test_a_row_that_was_altered_is_not_told(aoba):
    """Neither another source nor another login's value passes for what was sealed."""
    service = aoba.register("aoba", "altered", scopes=ALL)
    login = begun(aoba, service, "openid name")
    tokens = tokens_of(aoba, login, aoba.prove(login, aoba.sign(login)))
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE released_attribute SET source = 'terminal'")
    answer = aoba.userinfo(service, tokens["access_token"])
    assert answer.status_code == 500
    assert HANAKO["name"] not in answer.text


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


CANARY = Particulars(
    name="金糸雀　歌子".encode(), address="見本県金糸雀市鉱山町八丁目".encode(), birth=b"19330711", gender=b"1"
)
CANARIES = ("金糸雀　歌子", "見本県金糸雀市鉱山町八丁目", "金糸雀", "19330711", "1933-07-11")


def test_the_values_are_nowhere_in_clear(aoba):
    """Not in the database and its log, not in short-lived state, not in an address: before and after consent."""
    service = aoba.register("aoba", "canary", scopes=ALL)
    login, url, page = consent_page(aoba, service, ef0002=CANARY.file)
    assert CANARIES[0] in page
    kept = [repr((vars(aoba.product.state)["_records"], url))]
    answer = aoba.consent(login, url)
    kept.append(answer.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    tokens = aoba.redeem(code, login).json
    kept += [json.dumps(tokens), json.dumps(id_token_claims(tokens["id_token"]))]
    assert aoba.userinfo(service, tokens["access_token"]).json["name"] == CANARIES[0]
    files = [file.read_bytes() for file in aoba.folder.glob("idp.db*")]
    assert files
    for canary in CANARIES:
        assert canary.encode() not in b"".join(files)
        assert not [text for text in kept if canary in text or json.dumps(canary)[1:-1] in text]


def test_an_overturned_login_tells_nothing_any_more(aoba):
    """What was let in without evidence and turned out revoked takes its values with it."""
    service = aoba.register("aoba", "overturned", scopes=ALL)
    told(aoba, service)
    tenant = aoba.product.directory.tenant("aoba")
    until = int(aoba.clock().timestamp()) + 3600
    defer = {"until": until, "within_seconds": 24 * 3600}
    aoba.product.policies.change_tenant(tenant, revocation={"defer": defer})
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    before = aoba.rows("released_attribute")
    told(aoba, service)
    assert aoba.rows("released_attribute") == before + 4
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="ocsp", mode="up")
    aoba.control(do="crl", mode="fresh")
    aoba.control(do="tick")
    aoba.clock.set_offset(aoba.clock.offset + 150)
    aoba.product.worker.once()
    assert aoba.rows("released_attribute") == before


def test_a_revoked_pair_tells_nothing_any_more(aoba):
    """Whoever ends a service's grant ends what its logins may still tell."""
    service, other = (aoba.register("aoba", name, scopes=ALL) for name in ("withdrawn", "stays"))
    told(aoba, service)
    told(aoba, other)
    with aoba.product.store.for_tenant("aoba").write() as tx:
        table = schema.access_token
        row = tx.connection.execute(table.select().where(table.c.client_id == service.client_id)).one()
        pair_life.revoke_tokens(tx, row.pair_id, client_id=service.client_id)
    assert aoba.rows("released_attribute") == 4


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_what_was_read_is_forgotten_with_the_decision(aoba, decision):
    """Sealed in short-lived state until then, and not a moment longer."""
    service = aoba.register("aoba", "forgets", scopes=ALL)
    login, url, _ = consent_page(aoba, service)
    assert [sealed for sealed in sealed_in_state(aoba) if sealed]
    aoba.consent(login, url, decision)
    assert not [sealed for sealed in sealed_in_state(aoba) if sealed]


def sealed_in_state(town):
    """What transactions hold of attributes."""
    records = [fields for _, fields in vars(town.product.state)["_records"].values()]
    return [json.loads(fields["accepted"])["sealed_attributes"] for fields in records if fields.get("accepted")]


def test_what_the_card_leaves_open_is_not_kept(aoba):
    """Neither a row nor a word in the audit: nobody can be told it."""
    service = aoba.register("aoba", "open", scopes=ALL)
    card = Particulars(address=b"", birth=b"19850000", gender=b"9")
    assert told(aoba, service, ef0002=card.file) == {"name": HANAKO["name"]}
    assert aoba.rows("released_attribute") == 1
    with aoba.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'attributes.released'"
        (body,) = connection.exec_driver_sql(statement).scalars()
    assert json.loads(body) == {"attributes": ["name"], "client_id": service.client_id, "source": "self"}
