"""A statement in a challenge: shown in full, signed with the signature key and its PIN, or not at all."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path

import pytest
from components.card_faces import Person, Table
from components.card_provider import CardProvider
from typer.testing import CliRunner

from connectors.card.agent import Agent
from connectors.card.conversation import Conversation, Question
from connectors.card.errors import CertificateAbsent
from connectors.card.link import Link, parse
from connectors.card.main import app
from connectors.card.pin import PinKind
from connectors.card.protocol import Challenge, consent_message
from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.errors import Garbled
from connectors.http import Outbound
from idp.jpki.consent_proof import ConsentChallenge

STATEMENT = "氏名を渡すことに同意します。\n目的：申請"
ISSUER, ORIGIN = "http://localhost:8000/t/aoba", "http://localhost:8000"
KNOWN_SHA_256 = "6e9a0025c2ad7ce7c50840e61adcb1629f13d110fd238762296be2ffe45ac0be"
"""Of the 175 bytes that openssl made: issuer and origin as above, the rest as in the login's known answer."""
CONSENT = {"version": "jpki-consent/1", "statement": STATEMENT}


@pytest.fixture
def signing(provider: CardProvider) -> CardProvider:
    """A provider that wants a statement signed."""
    provider.challenge_changes = dict(CONSENT)
    return provider


def test_both_sides_make_the_known_message() -> None:
    """The card program's and the provider's own code, byte for byte."""
    asked = (ISSUER, ORIGIN, "AAECAwQFBgcICQoLDA0ODw", bytes(range(32)), STATEMENT)
    ours, theirs = consent_message(*asked), ConsentChallenge(*asked).message()
    assert (len(ours), hashlib.sha256(ours).hexdigest(), theirs) == (175, KNOWN_SHA_256, ours)


def test_the_signature_key_signs_with_its_own_pin(
    signing: CardProvider, spoken_file: Path, signature_slot: KeySlot
) -> None:
    """Five tries, one question, in lower case too; no particulars and no user PIN."""
    link, person = parse(signing.link, dev=True), Person(["abc123"])
    agent = Agent(link, Outbound([link.origin]))
    Conversation(agent=agent, face=person, place=Table(spoken_file), pause=lambda _: None).run()
    assert person.questions == [Question(PinKind.SIGNATURE, 5)]
    assert b64decode(signing.proofs[0]["certificate"]) == signature_slot.certificate


def test_a_childs_card_is_told_before_any_pin(signing: CardProvider, card_path: Path, user_slot: KeySlot) -> None:
    """Without a signature certificate nothing is asked and nothing is sent."""
    SoftwareCard.create(card_path, holder="x", device="card", user=user_slot, signature=None)
    link, person = parse(signing.link, dev=True), Person(["ABC123"])
    agent = Agent(link, Outbound([link.origin]))
    with pytest.raises(CertificateAbsent):
        Conversation(agent=agent, face=person, place=Table(card_path), pause=lambda _: None).run()
    assert (person.questions, signing.proofs) == ([], [])


def test_the_program_shows_the_statement_and_reads_the_pin_from_its_file(
    signing: CardProvider, spoken_file: Path, tmp_path: Path
) -> None:
    """Every line, the kind of PIN, and where the way without is; the answer stands on standard output."""
    pin = tmp_path / "sign-pin"
    pin.write_text("ABC123\n")
    given = ["login", signing.link, "--dev", "--no-open", "--card", str(spoken_file), "--sign-pin-file", str(pin)]
    done = CliRunner().invoke(app, given)
    assert (done.exit_code, signing.return_url in done.stdout) == (0, True)
    assert all(line in done.stderr for line in STATEMENT.split("\n"))
    assert ("英字は大文字" in done.stderr, "ABC123" in done.stderr) == (True, False)


def test_no_other_pin_is_tried_for_a_signature(signing: CardProvider, spoken_file: Path, tmp_path: Path) -> None:
    """A file with the user PIN alone ends it before a try is spent; a login needs no file for signatures."""
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    given = ["login", signing.link, "--dev", "--no-open", "--card", str(spoken_file), "--json"]
    done = CliRunner().invoke(app, [*given, "--pin-file", str(pin)])
    assert (done.exit_code, signing.proofs) == (1, [])
    assert SoftwareCard.load(spoken_file).tries_left(PinKind.SIGNATURE) == 5
    signing.challenge_changes = {}
    only_signature = CliRunner().invoke(app, [*given, "--sign-pin-file", str(pin)])
    assert (only_signature.exit_code, signing.proofs) == (1, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": None},
        {"statement": ""},
        {"statement": ["x"]},
        {"statement": "x" * 4001},
        {"statement": "氏名\u202eを渡さない"},
        {"statement": "氏名\u200bを渡す"},
        {"statement": "氏名\rを渡す"},
        {"statement": "氏名\x1b[2Jを渡す"},
        {"attributes": ["name"]},
        {"channel": "counter"},
        {"version": "jpki-consent/2"},
    ],
    ids=repr,
)
def test_what_cannot_be_shown_is_not_signed(changes: dict[str, object]) -> None:
    """No statement, a long one, hidden or turning characters, particulars, a counter, a version of tomorrow."""
    provider = CardProvider(challenge_changes={**CONSENT, **changes})
    link = Link(provider.origin, provider.issuer, "AAECAwQFBgcICQoLDA0ODw")
    with pytest.raises(Garbled):
        Challenge.parse(json.dumps(provider.challenge()).encode(), link)


def test_a_statement_in_a_login_is_no_statement(provider: CardProvider) -> None:
    """The version says whose key signs, and nothing else does."""
    provider.challenge_changes = {"statement": STATEMENT}
    link = parse(provider.link, dev=True)
    challenge = Challenge.parse(json.dumps(provider.challenge()).encode(), link)
    assert (challenge.statement, challenge.kind) == (None, "user")
