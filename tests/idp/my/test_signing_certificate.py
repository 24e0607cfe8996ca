"""The signature certificate at one's own pages, and what one's file says of it and of what one has signed."""

import json

import pytest
from components.my_page import MyPage
from components.signatures import happens
from components.signing import ALL, at_statement, to_consent, told

WORDS = {
    "valid": "失効していません。署名に使えます",
    "moved": "氏名や住所などが変わったため、失効しています",
    "revoked": "<b>失効しています",
    "none": "発行されていません",
    "unknown": "今は確かめられません",
}


def says(page):
    """Which of the words stand on the page of certificates."""
    text = page.get("/certificate").text
    return [status for status, words in WORDS.items() if words in text]


def test_how_it_stands_is_asked_of_the_lists(aoba):
    """Good, then ended by a move, then good again; and no question that anybody pays for."""
    mine = MyPage(aoba).entered()
    before = aoba.rows("meter")
    assert says(mine) == ["valid"]
    happens(aoba, "move")
    assert says(mine) == ["moved"]
    assert "英数字6～16文字" in mine.get("/certificate").text
    happens(aoba, "renew")
    assert says(mine) == ["valid"]
    assert aoba.rows("meter") == before


def test_a_holder_had_it_ended(aoba):
    """It is not said that anything has changed."""
    mine = MyPage(aoba).entered()
    happens(aoba, "revoke")
    assert says(mine) == ["revoked"]


def test_a_child_has_none(aoba):
    """An ordinary state, and no reason to go anywhere."""
    child = next(person.id for person in aoba.world.state.people if person.sign_pin is None)
    assert says(MyPage(aoba, child).entered()) == ["none"]


@pytest.mark.parametrize("out", ["ties", "lists"])
def test_nobody_can_say_just_now(aoba, out, monkeypatch):
    """J-LIS does not say which it is, or there is no list: the page stands, and says so."""
    mine = MyPage(aoba).entered()
    if out == "ties":
        aoba.control(do="lineage", mode="down")
    else:
        aoba.control(do="crl", mode="stale")
        aoba.clock.set_offset(10 * 24 * 3600)
        mine = MyPage(aoba).entered()
    assert says(mine) == ["unknown"]


def test_what_was_signed_and_told_is_in_ones_file(aoba):
    """The statement as it was signed, the values that are kept, what the service was told; nobody else's."""
    clinic = aoba.register("aoba", "clinic", scopes=(*ALL, "jpki_status"))
    login = at_statement(aoba, clinic, scope="openid jpki_status")
    statement = login.challenge["statement"]
    assert "verified_claims" in told(aoba, login, to_consent(aoba, login))
    other = at_statement(aoba, clinic, "ichiro", scope="openid jpki_status")
    told(aoba, other, to_consent(aoba, other, "ichiro"))
    mine = MyPage(aoba).entered()
    held = json.loads(mine.send("/data", **{"as": "json"}).text)
    (service,) = held["services"]
    (signed,) = service["signed"]
    assert (signed["for"], signed["statement"]) == ("basic4", statement)
    assert service["values"]["name"] == "高橋　花子"
    assert service["signature_certificate"]["status"] == "valid"
    readable = mine.send("/data", **{"as": "html"}).text
    assert all(words in readable for words in (statement.split("\n")[0], "高橋　花子", WORDS["valid"]))
    assert "一郎" not in readable
    happens(aoba, "move")
    aoba.redeem(*aoba.code(clinic, scope="openid jpki_status"))
    (service,) = json.loads(mine.send("/data", **{"as": "json"}).text)["services"]
    assert service["signature_certificate"]["reason"] == "affiliationChanged"
