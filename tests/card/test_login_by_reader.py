"""`idp-card` at a real pcscd with a card that it did not start: sign in, show, doctor, and what a person sees."""

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from components.card_provider import CardProvider
from components.second_card import NAME as SECOND
from components.second_card import second_card
from components.typist import Typist, at_a_terminal
from components.virtual_reader import PKCS11_MODULE, Run, VirtualReader, await_condition
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

IDP_CARD = Path(sys.executable).with_name("idp-card")
OK, REFUSED, UNREACHABLE = 0, 1, 3
PIN = "1234"
MY_NUMBER_AP = "D3921000310001010408"


@pytest.fixture
def login(provider: CardProvider, tmp_path: Path) -> Callable[..., Run]:
    """`login(reader, *options, pin=...)`: the program with a PIN file."""

    def run(reader: VirtualReader, *options: object, pin: str = PIN) -> Run:
        pin_file = tmp_path / "pin"
        pin_file.write_text(pin)
        given = ["login", provider.link, "--dev", "--no-open", "--json", "--pin-file", pin_file]
        return reader.run(str(IDP_CARD), *given, *options)

    return run


def commands_of(reader: VirtualReader) -> list[str]:
    """Headers and data fields of what the card was sent."""
    return [" ".join(line.split()[:2]) for line in reader.commands if " " in line]


def test_a_card_in_a_reader_signs_in(login: Any, reader: VirtualReader, provider: CardProvider) -> None:
    """By contact and as Type B: one PIN, one signature, and the input-support application untouched."""
    done = login(reader)
    assert (done.code, json.loads(done.out)) == (OK, {"status": "accepted", "return_url": provider.return_url})
    commands = commands_of(reader)
    assert [commands.count("00200080 (4)"), commands.count("802A0080 (51)")] == [1, 1]
    assert not any(MY_NUMBER_AP in command for command in commands)
    assert reader.commands[-1].startswith(("power-off", "reset"))  # no PIN stays open for the next program


def test_particulars_are_read_and_bound(login: Any, insert: Any, provider: CardProvider) -> None:
    """Both PINs, EF 0002 sent, EF 0003 only read, and the tripwire silent (the fixture's end asserts that)."""
    provider.challenge_changes = {"attributes": ["name", "address", "birthdate", "gender"]}
    reader = insert("hanako", "--leading", "2")
    assert login(reader, pin=f"{PIN}\n{PIN}\n").code == OK
    assert list(provider.proofs[0]["input_support"]) == ["ef0002"]
    selected = {command.split()[1] for command in commands_of(reader) if command.startswith("00A4020C")}
    assert {"0002", "0003", "0011"} <= selected
    assert reader.touches == []


def test_a_wrong_pin_counts_and_blocks(login: Any, insert: Any, provider: CardProvider) -> None:
    """Three wrong PINs, then the right one: nothing was sent, and the last error is the blocked PIN's."""
    reader = insert("hanako")
    told = [json.loads(login(reader, pin=pin).err)["error"] for pin in ("9999", "9999", "9999", PIN)]
    wrong = "Card: the PIN is incorrect, tries left: {}."
    assert told == [wrong.format(2), wrong.format(1), "Card: the PIN is blocked.", "Card: the PIN is blocked."]
    assert provider.proofs == []


def test_a_phone_on_the_reader_signs_in(login: Any, insert: Any, provider: CardProvider) -> None:
    """Its certificate is read after the PIN."""
    assert login(insert("midori-phone")).code == OK
    assert provider.proofs[0]["device"] == "phone"


def test_a_card_without_pins_is_not_asked_for_one(login: Any, insert: Any, provider: CardProvider) -> None:
    """Told apart before a PIN is tried: no VERIFY with data reaches it."""
    reader = insert("hanako", "--pinless")
    assert login(reader).code == REFUSED
    assert (provider.proofs, "00200080 (4)" in commands_of(reader)) == ([], False)


def test_opensc_is_another_way(login: Any, insert: Any, provider: CardProvider) -> None:
    """The same login by PKCS #11."""
    assert login(insert("hanako"), "--pkcs11", PKCS11_MODULE).code == OK
    assert len(provider.proofs) == 1


def test_readers_are_found_by_name(login: Any, insert: Any) -> None:
    """A part of the name in any case will do; a name of no reader is told."""
    reader = insert("hanako")
    assert login(reader, "--reader", "virtual").code == OK
    assert login(reader, "--reader", "ACR39").code == REFUSED


def test_two_cards_at_once_are_told_apart_by_their_readers(
    login: Any, insert: Any, world: Path, provider: CardProvider
) -> None:
    """Nobody guesses whose card is meant: neither is asked for a PIN before the reader is named."""
    reader = insert("hanako")
    ichiro = world / "residents" / "ichiro.card.json"
    with second_card(reader, ichiro):
        refused = login(reader)
        assert refused.code == REFUSED
        assert "there is more than one card: name the reader with --reader" in json.loads(refused.err)["error"]
        assert (provider.proofs, "00200080 (4)" in commands_of(reader)) == ([], False)
        assert login(reader, "--reader", SECOND).code == OK
        assert login(reader, "--reader", SECOND.replace("00 01", "00 00")).code == OK
    held = [certificate_of(world / "residents" / f"{name}-auth.pem") for name in ("ichiro", "hanako")]
    assert [proof["certificate"] for proof in provider.proofs] == held


def certificate_of(file: Path) -> str:
    """A resident's certificate as a proof carries it."""
    der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    return base64.b64encode(der).decode()


def test_a_card_is_shown_without_personal_data(insert: Any) -> None:
    """Kind, certificates, validity and tries; the common name only when asked; no PIN is tried."""
    reader = insert("hanako")
    shown = json.loads(reader.run(str(IDP_CARD), "show", "--json").out)
    assert (shown["kind"], shown["device"], set(shown["certificates"])) == (
        "my_number",
        "card",
        {"user", "signature"},
    )
    assert shown["certificates"]["signature"] == {"tries_left": 5}
    assert set(shown["certificates"]["user"]) == {"tries_left", "valid_from", "valid_until"}
    asked = json.loads(reader.run(str(IDP_CARD), "show", "--json", "--personal").out)
    assert (set(asked) - set(shown), "00200080 (4)" in commands_of(reader)) == ({"holder"}, False)


def test_the_doctor_names_what_is_missing(insert: Any) -> None:
    """0 with a card, 1 without, 3 without a service; each with its remedy."""
    reader = insert("hanako")

    def verdicts(*words: str) -> tuple[int, dict[str, tuple[int, bool]]]:
        done = reader.run(*words, str(IDP_CARD), "doctor", "--json")
        return done.code, {f["name"]: (f["verdict"], bool(f["remedy"])) for f in json.loads(done.out)}

    code, found = verdicts("env")
    assert (code, found["service"], found["readers"], found["card"]) == (OK, (0, False), (0, False), (0, False))
    assert (found["OpenSC"], found["display"], found["handler"]) == ((0, False), (0, True), (0, True))
    code, found = verdicts("env", "PCSCLITE_CSOCK_NAME=/nowhere")
    assert (code, found["service"]) == (UNREACHABLE, (UNREACHABLE, True))
    reader.pull()
    await_no_card(reader)
    code, found = verdicts("env")
    assert (code, found["card"]) == (REFUSED, (1, True))


def await_no_card(reader: VirtualReader) -> None:
    """Wait until pcscd has seen that the card is out."""
    await_condition(lambda: reader.run(str(IDP_CARD), "show").code == REFUSED)


@pytest.fixture
def sitting(provider: CardProvider) -> Callable[[VirtualReader], Any]:
    """A person at a terminal in front of that reader."""

    def run(reader: VirtualReader) -> Any:
        words = [IDP_CARD, "login", provider.link, "--dev", "--no-open", "--terminal"]
        return at_a_terminal(words, reader.environment)

    return run


PROMPT = "PIN of the user certificate (4 digits): "


def test_a_person_sees_who_asks_before_the_pin(sitting: Any, insert: Any, provider: CardProvider) -> None:
    """Host and service, tries left, prompt; a wrong PIN is asked again; nothing typed is shown."""
    typist: Typist
    with sitting(insert("hanako")) as typist:
        typist.await_text(PROMPT)
        order = ["青葉市（見本）", "予約サービス", f"localhost:{provider.port}", "Tries left: 3", PROMPT]
        assert [typist.screen.index(text) for text in order] == sorted(map(typist.screen.index, order))
        typist.type("9999")
        typist.await_text(PROMPT, 2)
        assert "The PIN is wrong. Tries left: 2" in typist.screen
        typist.type(PIN)
        assert (typist.exit_code(), len(provider.proofs)) == (OK, 1)
        assert not {"9999", PIN} & set(typist.screen.replace(str(provider.port), "").split())


def test_a_card_pulled_early_is_asked_back(sitting: Any, insert: Any, provider: CardProvider) -> None:
    """Pulled while the PIN is typed: no try is lost, and the login goes on once the card is back."""
    reader = insert("hanako")
    with sitting(reader) as typist:
        typist.await_text(PROMPT)
        reader.pull()
        await_no_card(reader)
        typist.type(PIN)
        typist.await_text("Put the same card back.")
        reader.put_back()
        assert (typist.exit_code(), len(provider.proofs)) == (OK, 1)
        assert typist.screen.count(PROMPT) == 1


def test_a_card_may_come_later(sitting: Any, insert: Any, provider: CardProvider) -> None:
    """The program asks for the card and waits."""
    reader = insert("hanako")
    reader.pull()
    await_no_card(reader)
    with sitting(reader) as typist:
        typist.await_text("Put the My Number Card on the reader.")
        reader.put_back()
        typist.await_text(PROMPT)
        typist.type(PIN)
        assert typist.exit_code() == OK


def test_interrupting_declines(sitting: Any, insert: Any, provider: CardProvider) -> None:
    """Ctrl-C at the prompt tells the provider."""
    with sitting(insert("hanako")) as typist:
        typist.await_text(PROMPT)
        typist.interrupt()
        assert (typist.exit_code(), provider.declined, provider.proofs) == (REFUSED, True, [])
