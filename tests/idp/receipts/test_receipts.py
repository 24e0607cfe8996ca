"""The anonymous way: a service gives two numbers, whoever has both reads how far it is, and nobody is named."""

import re

import pytest
from components.receipts import PAGE, SCOPES, ask, create, procedure, receiver
from components.verifier import Verifier

from idp.pages.texts import load
from idp.procedures.procedure import Way
from idp.receipts import numbers
from idp.receipts.receipt import State
from idp.verification import receipt_shapes as shapes

NOTE = {"ja": "図面をお送りください。", "en": "Please send the drawing."}


@pytest.fixture(scope="module")
def town(shared_town):
    """A town of this module."""
    return shared_town


@pytest.fixture(scope="module")
def opinions(town):
    """A service with one anonymous procedure and two that are none."""
    made = receiver(town)
    procedure(town, made.service, "form", Way.PASSWORD)
    procedure(town, made.service, "shut", open=False)
    return made


@pytest.fixture
def alone(aoba):
    """The same in a town of one test's own."""
    return receiver(aoba)


def test_a_receipt_has_two_numbers_and_its_state_is_read_with_both(town, opinions):
    """From the service's call to the resident's page, in the words of the procedure and the service."""
    made = create(opinions)
    shapes.CreateAnswer.model_validate(made)
    assert re.fullmatch(r"(\d{4}-){2}\d{4}", made["arrival_number"])
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", made["inquiry_number"])
    page = ask(town, made)
    assert page.status_code == 200
    assert "It was received" in page.text
    assert all(word in page.text for word in ("Opinions", made["arrival_number"]))
    assert made["inquiry_number"] not in page.text
    japanese = ask(town, made, language="ja").text
    assert all(word in japanese for word in ("受け付けました", "意見の提出", "見本のopinions"))


def test_a_service_says_how_far_it_is(town, opinions):
    """With a sentence in the reader's language, or in Japanese; what was said before is gone."""
    made = create(opinions)
    body = {"arrival_number": made["arrival_number"], "state": "action_needed", "note": NOTE}
    told = opinions.post("/receipts/state", body)
    assert (told.status_code, told.json["state"]) == (200, "action_needed")
    shapes.StateAnswer.model_validate(told.json)
    assert NOTE["en"] in ask(town, made).text
    assert NOTE["ja"] in ask(town, made, language="ja").text
    opinions.post("/receipts/state", {**body, "state": "completed", "note": {"ja": NOTE["ja"]}})
    page = ask(town, made).text
    assert "It is done" in page
    assert NOTE["ja"] in page
    assert NOTE["en"] not in page
    opinions.post("/receipts/state", {"arrival_number": made["arrival_number"], "state": "in_review"})
    assert NOTE["ja"] not in ask(town, made).text


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_words(town, opinions, state):
    """Those of the contract, each with a heading of its own."""
    made = create(opinions)
    body = {"arrival_number": made["arrival_number"], "state": str(state)}
    assert opinions.post("/receipts/state", body).json["state"] == state
    [heading] = re.findall("<h1>(.*?)</h1>", ask(town, made).text)
    assert heading.replace("<wbr>", "") == load("en").plain(f"receipts.state.{state}")


def test_numbers_are_read_as_people_write_them(town, opinions):
    """Full width, blanks, small letters and no hyphens; O for zero."""
    made = create(opinions)
    wide = made["arrival_number"].translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}).replace("-", "ー")
    small = made["inquiry_number"].lower().replace("0", "o").replace("-", " ")
    assert ask(town, made, arrival_number=wide, inquiry_number=f" {small} ").status_code == 200


def test_whatever_is_wrong_is_answered_alike(town, opinions):
    """An unknown number, another receipt's secret, garbage: nobody learns which numbers there are."""
    made, other = create(opinions), create(opinions)
    unknown = numbers.arrival_number(b"\x01" * 8)
    wrong = [
        ask(town, made, inquiry_number=other["inquiry_number"]),
        ask(town, made, arrival_number=unknown),
        ask(town, made, arrival_number="1234-5678-9015"),
        ask(town, made, inquiry_number="' OR 1=1 --"),
        ask(town, made, arrival_number="<b>" * 50),
        ask(town, made, arrival_number="", inquiry_number=""),
    ]
    assert {answer.status_code for answer in wrong} == {403}
    told = {re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)[1] for answer in wrong}
    assert len(told) == 1
    assert not any(word in answer.text for answer in wrong for word in ("<b><b>", other["inquiry_number"]))
    assert not any(answer.headers.getlist("Set-Cookie") for answer in wrong)


@pytest.mark.parametrize(
    "form", [{}, {"arrival_number": "1"}, {"arrival_number": ["1", "2"], "inquiry_number": "3"}]
)
def test_a_form_of_other_fields_is_no_question(town, form):
    """As everywhere: a refusal, and no failure of ours."""
    assert town.post(town.browser(), PAGE, data=form).status_code == 400


def test_another_sites_form_asks_nothing(town, opinions):
    """Nobody reads a state by luring a browser here."""
    made = create(opinions)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert town.post(town.browser(), PAGE, data=made, headers=headers).status_code == 403


def test_another_tenants_page_knows_nothing_of_it(town, opinions):
    """Both numbers are right, at another municipality."""
    made = create(opinions)
    assert ask(town, made, PAGE.replace("aoba", "wakaba")).status_code == 403


def test_another_service_cannot_speak_of_it(town, opinions):
    """Neither in the same municipality nor in another, nor of a number that there is not."""
    made = create(opinions)
    body = {"arrival_number": made["arrival_number"], "state": "completed"}
    for other in (receiver(town, "elsewhere"), receiver(town, "afar", "wakaba")):
        answer = other.post("/receipts/state", body)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    for number in (numbers.arrival_number(b"\x02" * 8), "1234-5678-9015", "x"):
        answer = opinions.post("/receipts/state", {**body, "arrival_number": number})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert "It was received" in ask(town, made).text


@pytest.mark.parametrize("wanted", ["form", "shut", "unheard-of"])
def test_a_receipt_is_given_for_an_open_anonymous_procedure_alone(opinions, wanted):
    """The service learns that it named another one."""
    answer = opinions.post("/receipts/create", {"procedure": wanted})
    assert (answer.status_code, answer.json["code"]) == (403, "procedure_refused")


@pytest.mark.parametrize(
    "body",
    [
        {"state": "completed"},
        {"arrival_number": "1234-5678-9014", "state": "lost"},
        {"arrival_number": 123456789014, "state": "completed"},
        {"arrival_number": "1234-5678-9014", "state": "completed", "note": {}},
        {"arrival_number": "1234-5678-9014", "state": "completed", "note": {"ja": "a\nb"}},
        {"arrival_number": "1234-5678-9014", "state": "completed", "note": {"ja": "長" * 201}},
    ],
)
def test_garbage_is_malformed(opinions, body):
    """An error of the program that asks."""
    answer = opinions.post("/receipts/state", body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_a_service_without_anonymous_procedures_may_not_call(town):
    """A token for certificates does not open this."""
    certificates = Verifier(town, town.register("aoba", "certificates", **SCOPES))
    answer = certificates.post("/receipts/create", {"procedure": "opinion"})
    assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope")


def test_the_same_key_gives_the_same_receipt(alone):
    """A lost answer is asked for again, and there is one receipt; of a state, too."""
    key = {"Idempotency-Key": "opinion-1"}
    made = create(alone, **key)
    assert create(alone, **key) == made
    assert alone.town.rows("receipt") == 1
    body = {"arrival_number": made["arrival_number"], "state": "completed"}
    first = alone.post("/receipts/state", body, headers={"Idempotency-Key": "state-1"})
    alone.post("/receipts/state", {**body, "state": "in_review"})
    again = alone.post("/receipts/state", body, headers={"Idempotency-Key": "state-1"})
    assert again.json == first.json
    assert "It is being looked at" in ask(alone.town, made).text
