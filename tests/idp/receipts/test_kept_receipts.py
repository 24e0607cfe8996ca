"""What is kept of a receipt, for how long, how often one may ask, and that nobody can guess."""

import json

import pytest
from components.receipts import ask, create, procedure, receiver

from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.receipts import numbers
from idp.receipts.receipts import forget
from idp.receipts.tries import AT_ONE, FROM_ANYWHERE, SOURCE
from idp.registration import NotAllowed

FAR, NEAR = "198.51.100.7", "198.51.100.8"
WRONG = {"inquiry_number": "0000-0000-0000-0000"}
DAY = 24 * 3600


@pytest.fixture
def opinions(aoba):
    """A service with an anonymous procedure, in a town of one test's own."""
    return receiver(aoba)


def statuses(town, made, count, **changes):
    """Those of so many questions in a row."""
    return [ask(town, made, **changes).status_code for _ in range(count)]


def change(town, service, **wishes):
    """The anonymous procedure, changed."""
    tenant = town.product.directory.tenant("aoba")
    acts = town.product.service_acts.procedures
    return acts.change(tenant, tenant.clients[service.client_id], "opinion", Change(**wishes))


def test_every_single_wrong_digit_is_noticed():
    """The check digit; and every number that is given out is read."""
    for seed in range(50):
        given = numbers.arrival_number(bytes([seed]) * numbers.ARRIVAL_BYTES)
        assert numbers.read_arrival(given) == given
        for at, was in enumerate(given):
            for digit in "0123456789":
                if was not in ("-", digit):
                    assert numbers.read_arrival(given[:at] + digit + given[at + 1 :]) is None


def test_the_secret_number_is_all_that_eighty_bits_can_be():
    """Each of its characters comes of five bits of its own."""
    assert numbers.INQUIRY_BYTES * 8 == 80
    each = {numbers.inquiry_number((1 << bit).to_bytes(numbers.INQUIRY_BYTES, "big")) for bit in range(80)}
    assert len(each) == 80
    assert numbers.inquiry_number(b"\xff" * numbers.INQUIRY_BYTES) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"


def test_wrong_tries_wait_and_strangers_shut_nobody_out(opinions):
    """Who tries uses up their own; the right numbers count as no try, and waiting ends by itself."""
    town, made = opinions.town, create(opinions)
    assert statuses(town, made, 12, source=NEAR) == [200] * 12
    assert statuses(town, made, AT_ONE[0], source=FAR, **WRONG) == [403] * AT_ONE[0]
    waiting = ask(town, made, source=FAR)
    assert waiting.status_code == 429
    assert "about 15 minutes" in waiting.text
    assert ask(town, made, source=NEAR).status_code == 200
    town.control(do="clock", seconds=AT_ONE[1] + 1)
    assert ask(town, made, source=FAR).status_code == 200


def test_one_source_asks_so_often_about_whatever(opinions):
    """Numbers that there are not count as those that there are, and what is none counts, too."""
    town, made = opinions.town, create(opinions)
    for at in range(SOURCE[0]):
        number = numbers.arrival_number(at.to_bytes(8, "big")) if at % 2 else "garbage"
        assert ask(town, made, source=FAR, arrival_number=number).status_code == 403
    assert ask(town, made, source=FAR).status_code == 429
    assert ask(town, made, source=NEAR).status_code == 200


def test_where_no_source_is_known_one_number_is_asked_so_often(opinions):
    """And the others go on."""
    town, made, other = opinions.town, create(opinions), create(opinions)
    assert set(statuses(town, made, FROM_ANYWHERE[0], **WRONG)) == {403}
    assert ask(town, made, **WRONG).status_code == 429
    assert ask(town, other).status_code == 200


def test_a_receipt_is_kept_so_long_after_its_last_state_and_no_longer(opinions):
    """Its procedure says for how many days; the page knows nothing of it even before the worker has deleted it."""
    town = opinions.town
    change(town, opinions.service, receipt_days=10)
    made, told = create(opinions), create(opinions)
    town.control(do="clock", seconds=9 * DAY)
    opinions.token = opinions.fetch_token().json["access_token"]
    body = {"arrival_number": told["arrival_number"], "state": "in_review"}
    assert opinions.post("/receipts/state", body).json["kept_until"] > told["kept_until"]
    town.control(do="clock", seconds=11 * DAY)
    opinions.token = opinions.fetch_token().json["access_token"]
    assert (ask(town, made).status_code, ask(town, told).status_code) == (403, 200)
    late = opinions.post("/receipts/state", {**body, "arrival_number": made["arrival_number"]})
    assert (late.status_code, late.json["code"]) == (404, "not_found")
    product = town.product
    forget(product.store, product.directory.all(), product.now())
    assert town.rows("receipt") == 1
    assert ask(town, told).status_code == 200


def test_the_worker_deletes_what_is_over(opinions):
    """Among what it does every day."""
    town = opinions.town
    create(opinions)
    (task,) = [task for task in town.product.worker._recurrences.tasks if task.name == "receipts"]
    task.run()
    assert town.rows("receipt") == 1
    town.control(do="clock", seconds=367 * DAY)
    task.run()
    assert town.rows("receipt") == 0


def test_how_long_is_a_matter_of_anonymous_procedures(opinions):
    """And has bounds."""
    for days in (0, 10_000):
        with pytest.raises(NotAllowed, match="1 to"):
            change(opinions.town, opinions.service, receipt_days=days)
    with pytest.raises(NotAllowed, match="anonymous and signature alone"):
        procedure(opinions.town, opinions.service, "form", Way.PASSWORD, receipt_days=30)


def test_nothing_at_rest_tells_the_secret_number_or_the_sentence(opinions):
    """The database holds a keyed digest and sealed bytes; the trail names neither number."""
    made = create(opinions)
    note = {"ja": "秘密の図面"}
    opinions.post("/receipts/state", {"arrival_number": made["arrival_number"], "state": "declined", "note": note})
    with opinions.town.product.store.engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM receipt").all()
        trail = connection.exec_driver_sql(
            "SELECT action, outcome, body FROM audit_entry WHERE action LIKE 'receipt.%'"
        ).all()
    kept = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    plain = made["inquiry_number"].replace("-", "")
    assert not any(word.encode() in kept for word in (made["inquiry_number"], plain, note["ja"], 'opinion"'))
    assert sorted((action, outcome) for action, outcome, _ in trail) == [
        ("receipt.given", "received"),
        ("receipt.told", "declined"),
    ]
    for _, _, body in trail:
        assert set(json.loads(body)) == {"client_id", "procedure"}


def test_a_row_that_was_put_in_anothers_place_shows_nothing(opinions):
    """Sealed bytes are bound to their number, and so is the secret."""
    town, made, other = opinions.town, create(opinions), create(opinions)
    town.change(
        "UPDATE receipt SET sealed_body = (SELECT sealed_body FROM receipt WHERE arrival_number = "
        f"'{other['arrival_number']}') WHERE arrival_number = '{made['arrival_number']}'"
    )
    assert ask(town, made).status_code == 403
    town.change(
        "UPDATE receipt SET inquiry_index = (SELECT inquiry_index FROM receipt WHERE arrival_number = "
        f"'{made['arrival_number']}') WHERE arrival_number = '{other['arrival_number']}'"
    )
    assert ask(town, other, inquiry_number=made["inquiry_number"]).status_code == 403


def test_a_disabled_service_gives_none_and_what_it_gave_is_still_read(opinions):
    """Residents handed in what they did; its service comes back or another says."""
    made = create(opinions)
    product = opinions.town.product
    tenant = product.directory.tenant("aoba")
    product.service_acts.standing.disable(tenant, tenant.clients[opinions.service.client_id])
    assert opinions.post("/receipts/create", {"procedure": "opinion"}).status_code == 401
    assert ask(opinions.town, made).status_code == 200
