"""The program `idp-card`: exit codes, JSON, and what it never prints."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from components.card_provider import CLAIM, CardProvider, answer, refusal
from components.typist import at_a_terminal
from typer.testing import CliRunner
from werkzeug.wrappers import Response

from connectors.card.conversation import Question
from connectors.card.errors import PinAbsentFromFile
from connectors.card.main import app
from connectors.card.pin import PinKind
from connectors.card.softcard import KeySlot, SoftwareCard
from connectors.card.terminal import PinFile

PIN = "7391"
REFUSED, USAGE, UNREACHABLE = 1, 2, 3


@pytest.fixture
def card_file(card_path: Path, user_slot: KeySlot) -> Path:
    """A card whose PIN is nothing else's."""
    SoftwareCard.create(
        card_path, holder="見本 花子", device="card", user=replace(user_slot, pin=PIN), signature=None
    )
    return card_path


@pytest.fixture
def login(card_file: Path, tmp_path: Path) -> Any:
    """Run `idp-card login LINK`; `pin` is what stands in the PIN file."""

    def run(link: str, *options: str, pin: str = f"{PIN}\n") -> Result:
        pin_file = tmp_path / "pin"
        pin_file.write_text(pin)
        given = ["--card", str(card_file), "--pin-file", str(pin_file), "--no-open", "--dev"]
        return CliRunner().invoke(app, ["login", link, *given, *options])

    return run


def test_the_answer_is_printed_as_json(login: Any, provider: CardProvider) -> None:
    """Standard output holds the provider's answer and nothing else."""
    done = login(provider.link, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"status": "accepted", "return_url": provider.return_url}


def test_a_person_reads_who_asks_and_where_to_go_on(login: Any, provider: CardProvider) -> None:
    """Tenant, service, purpose and host come first, the address to go on with last."""
    done = login(provider.link)
    assert done.exit_code == 0
    asked = ["青葉市（見本）", "青葉市立図書館　予約サービス", "本の予約のため", f"localhost:{provider.port}"]
    assert done.stderr.split("\n")[:4] == asked
    assert done.stdout.endswith(f"{provider.return_url}\n")


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize("pin", [PIN, "9999", "12345", ""])
def test_the_pin_is_never_printed(login: Any, provider: CardProvider, pin: str, as_json: list[str]) -> None:
    """Neither the right PIN nor what was typed appears, whatever happens."""
    done = login(provider.link, *as_json, pin=pin)
    printed = (done.stdout + done.stderr).replace(provider.origin, "").replace(str(provider.port), "")
    assert [secret for secret in (PIN, pin) if secret and secret in printed] == []


@pytest.mark.parametrize(
    ("pin", "sentence"),
    [
        ("9999", "Card: the PIN is incorrect, tries left: 2."),
        ("12345", "Card: the PIN has not the form of a user certificate's PIN."),
        ("\udcff", "Card: the PIN has not the form of a user certificate's PIN."),
    ],
)
def test_a_pin_that_is_not_the_cards_is_refused(
    card_file: Path, tmp_path: Path, provider: CardProvider, pin: str, sentence: str
) -> None:
    """One sentence, exit code 1, and nothing was sent."""
    pin_file = tmp_path / "pin"
    pin_file.write_text(pin, errors="surrogateescape")
    given = ["login", provider.link, "--dev", "--no-open", "--card", str(card_file), "--pin-file", str(pin_file)]
    done = CliRunner().invoke(app, [*given, "--json"])
    assert (done.exit_code, json.loads(done.stderr), provider.proofs) == (REFUSED, {"error": sentence}, [])


def test_a_refusal_of_the_provider_is_passed_on(login: Any, provider: CardProvider) -> None:
    """The code and the reason are printed, exit code 1."""
    provider.instead["POST", "proof"] = refusal(403, "certificate_revoked", reason="keyCompromise")
    done = login(provider.link, "--json")
    told = {"status": 403, "code": "certificate_revoked", "reason": "keyCompromise"}
    assert (done.exit_code, json.loads(done.stdout)) == (REFUSED, told)
    assert "certificate_revoked (keyCompromise)" in login(provider.link).stderr


@pytest.mark.parametrize("code", ["not_found", "already_used", "expired", "declined"])
def test_a_link_that_is_over_is_said_to_be(login: Any, provider: CardProvider, code: str) -> None:
    """With what to do next, before the code; other refusals are about the card, and another link helps nothing."""
    provider.instead["GET", "card"] = refusal(409, code)
    done = login(provider.link)
    assert (done.exit_code, "take the LINK that the login page shows then" in done.stderr) == (REFUSED, True)
    assert done.stderr.endswith(f"The provider refused: {code}.\n")
    provider.instead["GET", "card"] = refusal(403, "certificate_expired")
    assert "LINK" not in login(provider.link).stderr


@pytest.mark.parametrize("link", ["", "hello", "{link}?terminal=t1", "{link}#x", "https://h.jp/", "http://h.jp/x"])
def test_what_is_not_a_link_is_a_usage_error(login: Any, provider: CardProvider, link: str) -> None:
    """Exit code 2, before anything is fetched."""
    done = login(link.format(link=provider.link), "--json")
    assert (done.exit_code, "error" in json.loads(done.stderr), provider.claims) == (USAGE, True, [])


def test_one_way_to_the_card_at_a_time(login: Any, provider: CardProvider) -> None:
    """A file and a reader together are a usage error."""
    assert login(provider.link, "--reader", "ACR39").exit_code == USAGE
    assert CliRunner().invoke(app, ["show", "--card", "a", "--reader", "b"]).exit_code == USAGE


def test_nobody_there_is_exit_code_3(login: Any) -> None:
    """An unreachable provider can be told from one that refuses."""
    provider = CardProvider()
    provider.serve()()
    assert login(provider.link).exit_code == UNREACHABLE


@pytest.mark.parametrize(
    "unexpected", [Response("<html>"), Response(status=302, headers={"Location": "/"}), Response("x" * 70_000)]
)
def test_a_garbled_answer_is_one_sentence(login: Any, provider: CardProvider, unexpected: Response) -> None:
    """No stack trace: exit code 1 and one line."""
    provider.instead["GET", "card"] = unexpected
    done = login(provider.link)
    assert (done.exit_code, done.stderr.count("\n"), done.stderr[:8]) == (REFUSED, 1, "Refused:")


def test_a_missing_card_or_pin_file_is_refused(login: Any, provider: CardProvider, tmp_path: Path) -> None:
    """Files that are not there are told in one sentence."""
    assert login(provider.link, "--card", str(tmp_path / "none")).exit_code == REFUSED
    assert login(provider.link, "--pin-file", str(tmp_path / "none")).exit_code == REFUSED


def test_the_browser_is_opened_at_the_return_address(
    card_file: Path, tmp_path: Path, provider: CardProvider, browser: tuple[Path, dict[str, str]]
) -> None:
    """Without --no-open the person's browser goes on by itself."""
    opened, environment = browser
    pin_file = tmp_path / "pin"
    pin_file.write_text(PIN)
    program = Path(sys.executable).with_name("idp-card")
    given = [program, "login", provider.link, "--dev", "--card", card_file, "--pin-file", pin_file]
    subprocess.run(given, env=environment, check=True, capture_output=True, timeout=30)
    assert provider.return_url == opened.read_text()


def test_a_card_is_shown_without_secrets_and_names(card_file: Path) -> None:
    """Kind, validity and tries; no PIN, no key, no serial, and whose card it is only when asked."""
    done = CliRunner().invoke(app, ["show", "--card", str(card_file), "--json"])
    user = {"tries_left": 3, "valid_from": "2026-01-01", "valid_until": "2031-01-01"}
    shown = {"kind": "software card", "device": "card", "certificates": {"user": user}}
    assert (done.exit_code, json.loads(done.stdout)) == (0, shown)
    asked = CliRunner().invoke(app, ["show", "--card", str(card_file), "--json", "--personal"])
    assert json.loads(asked.stdout) == shown | {"holder": "見本 花子"}


def test_the_six_digits_are_printed_where_there_is_no_way_back(login: Any, provider: CardProvider) -> None:
    """Across devices the person types them into the waiting page."""
    provider.challenge_changes = {"channel": "cross-device", "claim": CLAIM}
    provider.instead["POST", "proof"] = answer({"status": "accepted", "code": "012345"})
    done = login(provider.link)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "012345")
    assert json.loads(login(provider.link, "--json").stdout) == {"status": "accepted", "code": "012345"}


def test_beside_a_way_back_the_code_is_not_shown(login: Any, provider: CardProvider) -> None:
    """Only whoever says that the browser did not go on is shown it; a program is told all."""
    body = {"status": "accepted", "return_url": provider.return_url, "code": "012345"}
    provider.instead["POST", "proof"] = answer(body)
    done = login(provider.link)
    assert "012345" not in done.stdout + done.stderr
    assert json.loads(login(provider.link, "--json").stdout) == body


@pytest.fixture
def browser(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A browser that writes down where it was sent, and the environment that names it."""
    opened, program = tmp_path / "opened", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    program.chmod(0o700)
    return opened, os.environ | {"BROWSER": f"{program} %s"}


def test_the_code_is_shown_to_whoever_asks_for_it(
    card_file: Path, provider: CardProvider, browser: tuple[Path, dict[str, str]]
) -> None:
    """The browser is opened first; only after Return, on the words that it did not go on, stand the digits."""
    body = {"status": "accepted", "return_url": provider.return_url, "code": "012345"}
    provider.instead["POST", "proof"] = answer(body)
    opened, environment = browser
    program = Path(sys.executable).with_name("idp-card")
    words = [program, "login", provider.link, "--dev", "--terminal", "--card", card_file]
    with at_a_terminal(words, environment) as typist:
        typist.await_text("(4 digits): ")
        typist.type(PIN)
        typist.await_text("The browser did not go on")
        assert (opened.read_text(), "012345" in typist.screen) == (provider.return_url, False)
        typist.type("")
        assert (typist.exit_code(), "012345" in typist.screen) == (0, True)


def test_the_second_line_is_the_input_support_pin(
    spoken_file: Path, tmp_path: Path, provider: CardProvider
) -> None:
    """A service that wants particulars, a PIN file with both lines, and with one, which stands for both then."""
    provider.challenge_changes = {"attributes": ["name"]}
    pin_file = tmp_path / "pin"
    given = ["login", provider.link, "--dev", "--no-open", "--card", str(spoken_file), "--pin-file", str(pin_file)]
    pin_file.write_text("1234\n5678\n")
    assert (CliRunner().invoke(app, given).exit_code, len(provider.proofs)) == (0, 1)
    pin_file.write_text("1234\n")
    done = CliRunner().invoke(app, [*given, "--json"])
    sentence = "Card: the PIN is incorrect, tries left: 2."
    assert (done.exit_code, json.loads(done.stderr), len(provider.proofs)) == (REFUSED, {"error": sentence}, 1)


def test_on_a_real_card_no_pin_is_guessed(tmp_path: Path) -> None:
    """A file with one line stops the login before a try of another PIN is spent; a sample card has one PIN."""
    file = tmp_path / "pin"
    file.write_text("1234\n")
    question = Question(PinKind.INPUT_SUPPORT, 3)
    with pytest.raises(PinAbsentFromFile):
        PinFile(file, quiet=True).ask(question)
    assert PinFile(file, quiet=True, sandbox=True).ask(question) == "1234"
    with pytest.raises(PinAbsentFromFile):
        PinFile(file, quiet=True, sandbox=True).ask(Question(PinKind.NUMBER_B, 10))


def test_a_blocked_pin_names_the_office(login: Any, provider: CardProvider) -> None:
    """Who can help stands beside what happened."""
    for _ in range(2):
        login(provider.link, pin="9999")
    blocked = login(provider.link, pin="9999")
    assert (blocked.exit_code, blocked.stderr.splitlines()[-1]) == (REFUSED, "Card: the PIN is blocked.")
    assert "市区町村の窓口" in blocked.stderr
    assert "9999" not in blocked.stderr + blocked.stdout


def test_the_doctor_judges_a_card_file(card_file: Path, tmp_path: Path) -> None:
    """Exit code 0 for a readable card, 1 for a file that is none."""
    other = tmp_path / "other"
    other.write_text("{}")
    codes = [CliRunner().invoke(app, ["doctor", "--card", str(file)]).exit_code for file in (card_file, other)]
    assert codes == [0, REFUSED]
