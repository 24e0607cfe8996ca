"""A resident's life from outside: a running demo, its control endpoint, `idp`, `idp-card`, and a stock client.

The numbers are compared where the services receive them: after every step, at every service, by card and by phone.
"""

import pytest
from components.demo import Demo
from components.life import Life
from components.stock_client import CardRefused

SHARED_FOR = "図書と展示の予約を一度で受け付けるため"
STOPPED = "新しい番号になります"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A demo of its own: a municipality ends here, and sectors are shared that were not."""
    running = Demo(tmp_path_factory.mktemp("life"))
    yield running.start()
    running.stop()


def test_a_life_keeps_its_numbers(town, tmp_path):
    """From the first login to the day on which one service is stopped."""
    life = Life(town, "hanako", tmp_path)
    first_login_by_card(life)
    add_a_phone(life)
    renew_the_card(life)
    move_house(life)
    lose_card_and_phone(life)
    for version in (2, 3, 4):
        rotate_the_key(life, version)
    share_a_sector(life)
    merge_the_municipality(life)
    stop_one_service(life)
    stop_a_service_that_shares_its_number(life)


def first_login_by_card(life):
    """Three services of two municipalities, three numbers."""
    life.uses("library", "childcare", "parking")
    for service in life.places:
        assert life.comes_anew(service).consent
    assert len(set(life.numbers.values())) == 3
    again = life.shows(life.held("card"), "library")
    assert (again.claims["sub"], again.consent) == (life.numbers["library"], "")


def add_a_phone(life):
    """The phone has a certificate of its own, which J-LIS links to the card's."""
    life.happens("add-phone")
    life.is_known()


def renew_the_card(life):
    """The old certificate is revoked and opens nothing; the new one has another serial number."""
    old, serial = life.kept("card"), life.serial
    life.happens("renew")
    assert life.serial != serial
    is_refused(life, old)
    life.is_known()


def move_house(life):
    """Another address in the register; user certificates stay."""
    serial = life.serial
    life.happens("move")
    assert life.serial == serial
    life.is_known()


def lose_card_and_phone(life):
    """Both are revoked; J-LIS links their successors to them."""
    card, phone = life.kept("card"), life.kept("phone")
    life.happens("lose")
    is_refused(life, card)
    is_refused(life, phone)
    life.happens("renew")
    life.happens("add-phone")
    life.is_known()


def rotate_the_key(life, version):
    """Each municipality's key has another version, for people who are new."""
    for tenant_id in ("aoba", "wakaba"):
        assert life.demo.idp("ppid", "rotate-key", tenant_id=tenant_id)["ppid_key_version"] == version
    life.is_known()


def share_a_sector(life):
    """A museum joins the library's sector: residents read why at both, and both have the library's number."""
    sector = life.places["library"].service["sector"]
    shared = ("--sector", sector, "--sector-purpose", SHARED_FOR)
    life.places["museum"] = life.administration.register("aoba", "museum", *shared, name="青葉市立博物館")
    asked = life.comes_anew("museum").consent
    assert SHARED_FOR in asked
    assert "青葉市立図書館 予約サービス" in asked
    assert life.numbers["museum"] == life.numbers["library"]
    asked_again = life.comes("library", "phone").consent
    assert SHARED_FOR in asked_again
    assert "青葉市立博物館" in asked_again
    assert not life.comes("childcare").consent
    life.is_known()


def merge_the_municipality(life):
    """Wakaba becomes part of Aoba: its one service is served by Aoba's issuer from here on.

    Until the service changes over the old issuer goes on; then the new one says the number that the old one said.
    """
    decide, old = life.administration.decide, life.places["parking"]
    new = life.administration.register("aoba", "parking", name="青葉市 駐輪場サービス")
    move = ("ppid", "migrate", "start", "--service", "parking", "--other-service", "parking")
    decide("wakaba", *move, "--reason", "release", "--other-tenant", "aoba")
    decide("aoba", *move, "--reason", "merger", "--other-tenant", "wakaba")
    migration = life.administration.migration("aoba")
    life.is_known()
    life.places["parking"] = new
    for device in ("phone", "card"):
        received = life.comes("parking", device)
        for told in (received.claims, received.userinfo):
            assert (told["previous_iss"], told["previous_sub"]) == (old.issuer, life.numbers["parking"])
        assert received.claims["iss"] == new.issuer != old.issuer
    life.is_known()
    life.demo.idp("ppid", "migrate", "finish", migration, "--early")
    assert not {"previous_iss", "previous_sub"} & set(life.comes("parking").claims)
    life.is_known()


def stop_one_service(life):
    """Another number there, as the page says; the same as ever elsewhere."""
    had = set(life.numbers.values())
    assert life.stops("childcare") is True
    assert STOPPED in life.comes_anew("childcare").consent
    assert life.numbers["childcare"] not in had
    life.is_known()


def stop_a_service_that_shares_its_number(life):
    """While the museum goes on the number lives, and is the library's again; with the last of them it ends."""
    shared = life.numbers["library"]
    assert life.stops("library") is False
    asked = life.comes("library").consent
    assert asked
    assert STOPPED not in asked
    life.is_known()
    assert [life.stops("museum"), life.stops("library")] == [False, True]
    assert STOPPED in life.comes_anew("library").consent
    life.comes_anew("museum")
    assert life.numbers["library"] == life.numbers["museum"] != shared
    life.is_known()


def is_refused(life, card):
    """What was revoked opens no service."""
    with pytest.raises(CardRefused) as refused:
        life.shows(card, "library")
    assert refused.value.answer["code"] == "certificate_revoked"


def test_a_service_that_moves_into_a_sector_hears_both_numbers(town, tmp_path):
    """The pool joins childcare's sector: its residents get that number, beside the old one for a while."""
    life = Life(town, "ichiro", tmp_path)
    life.uses("childcare", "school")
    life.places["pool"] = life.administration.register("aoba", "pool", name="青葉市民プール")
    for service in life.places:
        life.comes_anew(service)
    old = life.numbers["pool"]
    move = ("ppid", "migrate", "start", "--reason", "sector", "--service", "pool", "--to-sector", "family")
    life.administration.decide("aoba", *move)
    migration = life.administration.migration("aoba")
    received = life.comes_anew("pool")
    assert (received.claims["previous_sub"], received.userinfo["previous_sub"]) == (old, old)
    assert "子育てと就学の手続を続けて行えるようにするため" in received.consent
    assert life.numbers["pool"] == life.numbers["childcare"] == life.numbers["school"] != old
    assert life.known_by("card") == life.numbers
    life.demo.idp("ppid", "migrate", "finish", migration, "--early")
    assert "previous_sub" not in life.comes("pool").claims
    assert life.known_by("card") == life.numbers
