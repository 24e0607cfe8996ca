"""One login between a person, a card and a provider: what is shown and asked, in which order, and what is sent."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from components.card_faces import Person, Table
from components.card_provider import CLAIM, CardProvider
from components.cards import key_slot

from connectors.card import cardfile
from connectors.card.agent import Agent
from connectors.card.conversation import LAST_TRY_PAUSE_SECONDS, Cancelled, Conversation, Question
from connectors.card.errors import (
    AttributesUnreadable,
    CardAbsent,
    CardExchanged,
    CardRemoved,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
)
from connectors.card.link import parse
from connectors.card.pin import PinKind
from connectors.card.protocol import Acceptance
from connectors.card.softcard import SoftwareCard
from connectors.card.texts import Notice
from connectors.http import Outbound
from connectors.ports import CertificateKind

USER = CertificateKind.USER
PIN, INPUT_PIN = "1234", "5678"
VERIFY = bytes.fromhex("0020008004")


@pytest.fixture
def table(spoken_file: Path) -> Table:
    """That card on the table."""
    return Table(spoken_file)


@pytest.fixture
def pauses() -> list[float]:
    """How long the program waited, each time."""
    return []


@pytest.fixture
def login(provider: CardProvider, table: Table, pauses: list[float]) -> Callable[[Person], Acceptance]:
    """The conversation with a person."""

    def run(person: Person) -> Acceptance:
        link = parse(provider.link, dev=True)
        agent = Agent(link, Outbound([link.origin]))
        return Conversation(agent=agent, face=person, place=table, pause=pauses.append).run()

    return run


def set_tries(path: Path, left: int) -> None:
    """So many tries are left for the user PIN."""
    contents = cardfile.read(path)
    cardfile.write(
        path, replace(contents, slots={**contents.slots, USER: replace(contents.slots[USER], tries_left=left)})
    )


def test_who_asks_comes_first_and_tries_after_the_card(login, provider, table) -> None:
    """Tenant, service and host before anything; the PIN is asked for once the card has told its tries."""
    person = Person([PIN])
    assert login(person).return_url == provider.return_url
    shown = ("青葉市（見本）", "青葉市立図書館　予約サービス", f"localhost:{provider.port}")
    assert person.seen == [shown, Notice.READING, Question(PinKind.USER, 3), Notice.SENDING]
    assert "input_support" not in provider.proofs[0]
    assert bytes.fromhex("D3921000310001010408") not in b"".join(table.commands)


def test_particulars_are_asked_for_with_their_own_pin_and_bound(login, provider) -> None:
    """First the input-support PIN, then the user's; EF 0002 is sent and signed, EF 0003 and 0004 are not."""
    provider.challenge_changes = {"attributes": ["name", "address"]}
    person = Person([INPUT_PIN, PIN])
    assert login(person).return_url == provider.return_url
    assert [(asked.kind, asked.tries_left) for asked in person.questions] == [
        (PinKind.INPUT_SUPPORT, 3),
        (PinKind.USER, 3),
    ]
    (proof,) = provider.proofs
    assert set(proof) == {"certificate", "algorithm", "signature", "device", "input_support"}
    assert list(proof["input_support"]) == ["ef0002"]
    assert "髙橋　花子".encode() in b64decode(proof["input_support"]["ef0002"])


def test_particulars_that_the_card_lacks_cost_no_pin(login, provider, table, card_path, user_slot) -> None:
    """A card without them is told apart before anything is typed."""
    SoftwareCard.create(card_path, holder="x", device="phone", user=user_slot, signature=None)
    provider.challenge_changes = {"attributes": ["name"]}
    person = Person([INPUT_PIN, PIN])
    with pytest.raises(AttributesUnreadable):
        login(person)
    assert person.questions == []


def test_a_phone_on_the_reader_signs_in(login, provider, card_path, user_slot) -> None:
    """Its certificate is read after the PIN, and the proof says that it was a phone."""
    SoftwareCard.create(card_path, holder="x", device="phone", user=user_slot, signature=None)
    login(Person([PIN]))
    assert [proof["device"] for proof in provider.proofs] == ["phone"]


def test_a_wrong_pin_is_asked_again_with_the_tries_left(login, provider, pauses) -> None:
    """The form costs nothing, a wrong PIN costs one; before the last try stands a warning and a pause."""
    person = Person(["123", "9999", "9999", PIN])
    login(person)
    problems = [type(asked.problem) for asked in person.questions]
    assert problems == [type(None), PinMalformed, PinIncorrect, PinIncorrect]
    assert [asked.tries_left for asked in person.questions] == [3, 3, 2, 1]
    assert person.seen.index(Notice.LAST_TRY) == person.seen.index(person.questions[3]) - 1
    assert (pauses, len(provider.proofs)) == ([LAST_TRY_PAUSE_SECONDS], 1)


def test_the_last_wrong_pin_blocks_and_nothing_was_sent(login, provider) -> None:
    """The error names the PIN, so that the person hears which office helps."""
    with pytest.raises(PinBlocked) as blocked:
        login(Person(["9999"] * 4))
    assert (blocked.value.kind, provider.proofs) == (PinKind.USER, [])


def test_a_blocked_card_is_told_before_a_pin_is_typed(login, table) -> None:
    """No question for a PIN that cannot help."""
    set_tries(table.path, 0)
    person = Person([PIN])
    with pytest.raises(PinBlocked):
        login(person)
    assert person.questions == []


def test_cancelling_declines(login, provider) -> None:
    """The provider is told, so that the waiting page goes back to the service."""
    with pytest.raises(Cancelled):
        login(Person([]))
    assert (provider.declined, provider.proofs) == (True, [])


def test_a_qr_claim_travels_with_the_proof(login, provider) -> None:
    """Whoever claimed the QR code shows so with the proof."""
    provider.challenge_changes = {"channel": "cross-device", "claim": CLAIM}
    login(Person([PIN]))
    assert provider.claims == [None, CLAIM]


def test_a_missing_card_is_waited_for(login, table) -> None:
    """Asked to be put down, and then read."""
    table.absent = True
    person = Person([PIN])
    login(person)
    assert person.seen[1:3] == [Notice.INSERT, Notice.READING]


def test_a_card_that_never_comes_ends_it(login, table) -> None:
    """After the place's patience."""
    table.absent, table.patient = True, False
    with pytest.raises(CardAbsent):
        login(Person([PIN]))


def count_commands(login: Callable[[Person], Acceptance], table: Table) -> list[bytes]:
    """The commands of an undisturbed login."""
    login(Person([PIN]))
    commands = list(table.commands)
    table.commands.clear()
    return commands


@pytest.mark.parametrize("before_answering", [True, False])
def test_a_card_pulled_at_any_moment_is_no_wrong_pin(login, provider, table, before_answering) -> None:
    """At every single command: put it back, and the login goes on with the PIN that was typed, none lost."""
    table.before_answering = before_answering
    for at in range(1, len(count_commands(login, table)) + 1):
        table.commands.clear()
        table.pulled_at = {at}
        person = Person([PIN])
        assert login(person).return_url == provider.return_url, at
        assert [asked.problem for asked in person.questions] == [None], at
        assert Notice.PUT_BACK in person.seen, at
    assert SoftwareCard.load(table.path).tries_left(USER) == 3


def test_a_wrong_pin_that_nobody_heard_of_still_counts(login, table) -> None:
    """The card counted before it was pulled: that PIN is not sent a second time."""
    commands = count_commands(login, table)
    table.pulled_at = {1 + next(at for at, command in enumerate(commands) if command.startswith(VERIFY))}
    table.before_answering = False
    person = Person(["9999", PIN])
    login(person)
    assert [type(asked.problem) for asked in person.questions] == [type(None), PinIncorrect]
    spent = [command for command in table.commands if command == VERIFY + b"9999"]
    assert (len(spent), person.questions[1].tries_left) == (1, 2)


def test_another_card_is_not_tried_with_this_pin(login, provider, table, tmp_path, signature_slot) -> None:
    """Put back must be the card that was taken away."""
    other = tmp_path / "other.card.json"
    SoftwareCard.create(other, holder="y", device="card", user=key_slot("other", PIN, 3), signature=signature_slot)
    commands = count_commands(login, table)
    table.pulled_at = {len(commands) - 3}
    table.exchanged = other
    provider.proofs.clear()
    with pytest.raises(CardExchanged):
        login(Person([PIN]))
    assert (provider.proofs, SoftwareCard.load(other).tries_left(USER)) == ([], 3)


def test_a_card_that_never_comes_back_is_told_as_such(login, table) -> None:
    """Pulled, and not put back in time."""
    table.pulled_at, table.patient = {12}, False
    with pytest.raises(CardRemoved):
        login(Person([PIN]))
