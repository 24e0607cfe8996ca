"""Told instead of what it is made of: ages, and the municipality of residence."""

import json

import pytest
from components.attribute_login import ALL, begun, tokens_of, told
from components.particulars import Particulars
from components.town import id_token_claims

NEED = {"purpose": "割引のため", "kept": "1年"}
ADULT = {"age_over_20": NEED}
DRAWN = {"sub", "aud", "sid", "nonce", "s_hash", "at_hash", "c_hash", "iat", "exp"}
"""Claims of an ID token in which any four digits may stand by chance."""
EVERYTHING = dict.fromkeys(("age_over_18", "age_over_20", "age_over_65", "municipality_code"), NEED)


@pytest.fixture(scope="module")
def town(shared_town):
    """One town for all, which knows a code."""
    tenant = shared_town.product.directory.tenant("aoba")
    table = {"見本県青葉市": "990019"}
    shared_town.product.policies.change_tenant(tenant, revocation={}, municipalities=table)
    return shared_town


def asking(town, service, *claims, place="userinfo", ef0002=None, scope="openid"):
    """The token answer of a login at which the service asked for these claims."""
    login = town.begin(service, scope=scope, claims=json.dumps({place: dict.fromkeys(claims)}))
    town.challenge(login)
    return login, tokens_of(town, login, town.prove(login, town.sign(login, ef0002=ef0002)))


def test_who_asks_for_an_age_receives_no_date(town):
    """Neither by UserInfo nor by the ID token, whatever it asks for beside; the card was asked for the date."""
    service = town.register("aoba", "adults", claim_terms=ADULT)
    login, tokens = asking(town, service, "age_over_20", "birthdate", "age_over_65", scope="openid birthdate")
    assert login.challenge["attributes"] == ["birthdate"]
    claims = town.userinfo(service, tokens["access_token"]).json
    assert (claims.pop("sub"), claims) == (id_token_claims(tokens["id_token"])["sub"], {"age_over_20": True})
    said = {name: value for name, value in id_token_claims(tokens["id_token"]).items() if name not in DRAWN}
    assert said.keys() == {"iss", "acr", "amr"}
    assert "1985" not in json.dumps(said)


def test_neither_does_a_table(town):
    """What is released is the answer alone: sealed under its own name."""
    service = town.register("aoba", "answers", claim_terms=ADULT)
    before = town.rows("released_attribute WHERE name = 'birthdate'")
    asking(town, service, "age_over_20")
    assert town.rows("released_attribute WHERE name = 'birthdate'") == before
    assert town.rows("released_attribute WHERE name = 'age_over_20'") > 0


@pytest.mark.parametrize(
    ("birth", "address", "expected"),
    [
        (b"20101231", "見本県青葉市見本町", {"age_over_18": False, "age_over_20": False, "age_over_65": False}),
        (b"19500000", "見本県青葉市見本町", {"age_over_18": True, "age_over_20": True, "age_over_65": True}),
        (b"00000000", "見本県青葉市見本町", {}),
    ],
)
def test_what_a_card_says_is_told_and_what_it_leaves_open_is_not(town, birth, address, expected):
    """A child, somebody of whose birthday only the year is known, somebody of whom nothing is."""
    service = town.register("aoba", f"cards-{birth.decode()}", claim_terms=EVERYTHING)
    file = Particulars(birth=birth, address=address.encode()).file
    _, tokens = asking(town, service, *EVERYTHING, ef0002=file)
    claims = town.userinfo(service, tokens["access_token"]).json
    claims.pop("sub")
    assert claims == {**expected, "municipality_code": "990019"}


@pytest.mark.parametrize("address", ["", "見本県若葉市見本町", "青葉市見本町"])
def test_a_municipality_that_the_tenant_does_not_know_is_left_out(town, address):
    """No address, one elsewhere, one that begins in another way."""
    service = town.register("aoba", f"places-{len(address)}", claim_terms={"municipality_code": NEED})
    _, tokens = asking(town, service, "municipality_code", ef0002=Particulars(address=address.encode()).file)
    assert town.userinfo(service, tokens["access_token"]).json.keys() == {"sub"}


def test_the_page_shows_the_answer_and_not_what_it_is_made_of(town):
    """Before the PIN and after it, residents read that the service learns an age."""
    service = town.register("aoba", "page", claim_terms=ADULT)
    login = town.begin(service, claims='{"userinfo": {"age_over_20": null}}')
    assert "20歳以上かどうか（渡す前に" in town.get(login.browser, login.page_url).text.replace("<wbr>", "")
    town.challenge(login)
    answer = town.prove(login, town.sign(login))
    page = town.get(login.browser, town.get(login.browser, answer.json["return_url"]).headers["Location"]).text
    assert "20歳以上かどうか" in page
    assert "1985" not in page.replace(service.client_id, "")


def test_the_scope_profile_brings_what_the_service_is_registered_for(town):
    """For libraries that know scopes alone; an address, or an item without terms, is not among it."""
    service = town.register("aoba", "by-scope", scopes=("openid", "profile"), claim_terms=EVERYTHING)
    assert told(town, service, scope="openid profile").keys() == EVERYTHING.keys()
    bare = town.register("aoba", "bare", scopes=("openid", "profile"))
    assert begun(town, bare, "openid profile").challenge["attributes"] == []


def test_an_id_token_holds_an_age_where_that_is_asked_for(town):
    """As any claim, by the parameter `claims` alone."""
    service = town.register("aoba", "in-id-token", scopes=ALL, claim_terms=ADULT)
    _, tokens = asking(town, service, "age_over_20", place="id_token")
    assert id_token_claims(tokens["id_token"])["age_over_20"] is True


def test_discovery_names_them(town):
    """What can be asked for stands where libraries look for it."""
    found = town.browser().get("/t/aoba/.well-known/openid-configuration", base_url="http://localhost:8000/").json
    assert EVERYTHING.keys() <= set(found["claims_supported"])
