"""Logins of people whose certificates and cards say unusual things, and of who has no signature certificate."""

import pytest
from components.attribute_login import consent_page
from components.attribute_login import told as read_from_card
from components.particulars import Particulars
from components.signature_certificates import reissued, words
from components.signing import ALL, at_statement, begun, choice, to_consent, told
from components.town import town as made_town

from connectors.sandbox.state import Slot


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A town of its own: certificates are issued anew here."""
    with made_town(tmp_path_factory.mktemp("special"), founded_world) as made:
        yield made


@pytest.fixture(scope="module")
def office(town):
    """A service that may have all four."""
    return town.register("aoba", "office", scopes=ALL)


NAMES = ("name", "address", "birthdate", "gender")


def verified(town, office, resident, held):
    """What a whole login by that resident's new signature certificate verifies."""
    reissued(town, resident, held)
    login = at_statement(town, office, resident, names=NAMES)
    return told(town, login, to_consent(town, login, resident))["verified_claims"]["claims"]


def test_who_moved_abroad(town, office):
    """The words that stand in the place of an address are told as they are."""
    abroad = "国外転出（令和８年１１月２６日）"
    assert verified(town, office, "hanako", words(n5=abroad, n6="0" * 16))["address"] == {"formatted": abroad}


def test_whose_birth_date_is_not_known_whole(town, office):
    """No date is made up: the claim is left out, the others are there."""
    claims = verified(town, office, "hanako", words(n4="319850600"))
    assert claims.keys() == {"name", "address", "gender"}


def test_a_foreign_resident(town, office):
    """Latin letters and a common name; a gender that says neither is not claimed."""
    name = "SMITH JOHN WILLIAM（見本　太郎）"
    claims = verified(town, office, "hanako", words(n1=name, n3="3"))
    assert (claims["name"], "gender" in claims) == (name, False)


def test_a_child_goes_on_without(town, office):
    """No signature certificate: the login is finished by the choice that the page gives."""
    child = next(person.id for person in town.world.state.people if person.sign_pin is None)
    assert town.world.state.current(child, Slot.SIGN) is None
    login, location = begun(town, office, child, names=NAMES)
    back = town.get(login.browser, location + "/leave").headers["Location"]
    consent_url = choice(town, login, back, "without").headers["Location"]
    assert told(town, login, consent_url).keys() == {"sub"}


ABROAD = "国外転出（令和８年１１月２６日）"
CARDS = {
    "moved abroad": (
        Particulars(address=ABROAD.encode()),
        {"address": {"formatted": ABROAD}, "birthdate": "1985-06-15", "gender": "female"},
        (ABROAD,),
    ),
    "month and day unknown": (
        Particulars(birth=b"19850000"),
        {"address": {"formatted": "見本県青葉市見本町一丁目２－３"}, "gender": "female"},
        ("1985年（月と日は分かりません）", "渡しません"),
    ),
    "day unknown": (
        Particulars(birth=b"19850600"),
        {"address": {"formatted": "見本県青葉市見本町一丁目２－３"}, "gender": "female"},
        ("1985年6月（日は分かりません）", "渡しません"),
    ),
    "foreign": (
        Particulars(name="SMITH JOHN WILLIAM（見本　太郎）".encode(), gender=b"3"),
        {"address": {"formatted": "見本県青葉市見本町一丁目２－３"}, "birthdate": "1985-06-15"},
        ("男・女のどちらも書かれていません",),
    ),
}


@pytest.mark.parametrize("who", CARDS)
def test_what_their_own_card_says(shared_town, who):
    """Shown as it stands before it goes, told as it stands, and left out where nothing whole is there."""
    registry = shared_town.register("aoba", f"registry-{list(CARDS).index(who)}", scopes=ALL)
    card, expected, words = CARDS[who]
    _, _, page = consent_page(shared_town, registry, ef0002=card.file)
    assert [word for word in words if word not in page] == []
    claims = read_from_card(shared_town, registry, ef0002=card.file)
    assert claims == {"name": card.name.decode(), **expected}
