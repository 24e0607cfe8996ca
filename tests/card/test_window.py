"""The card program's window on a real display, used by keyboard alone."""

import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from components.card_provider import CLAIM, CardProvider, answer
from components.display import Display, display
from components.process import Server
from components.virtual_reader import await_condition

from connectors.card.cardfile import read
from connectors.ports import CertificateKind

WINDOW = "idp-card"
TRIES, PATIENCE_SECONDS = 6, 10.0
USER = CertificateKind.USER
STATEMENT = "「青葉市立図書館　予約サービス」に、次の項目を渡すことに同意します。\n項目：氏名、住所\n目的：申請"


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    """One display for the module."""
    with display(tmp_path_factory.mktemp("display")) as running:
        yield running


@pytest.fixture
def card_file(world: Path) -> Path:
    """Hanako's card."""
    return world / "residents/hanako.card.json"


@pytest.fixture
def window(screen: Display, card_file: Path, tmp_path: Path, provider: CardProvider) -> Iterator[Any]:
    """Start `idp-card login --window`, wait for its window, and end it afterwards."""
    started: list[Server] = []

    def start(*options: str) -> Server:
        program = Path(sys.executable).with_name("idp-card")
        given = ["login", provider.link, "--dev", "--no-open", "--window", "--card", card_file, *options]
        server = Server([program, *given], tmp_path / "log", env=screen.environment)
        started.append(server)
        screen.await_window(WINDOW)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def tries(card_file: Path) -> Callable[[], int]:
    """How many tries the card's user PIN has left."""
    return lambda: read(card_file).slots[USER].tries_left


def type_pin(screen: Display, pin: str, until: Callable[[], bool]) -> None:
    """Type a PIN and Return, again if nothing comes of it: the page may not be there yet.

    Not before a while: what comes of it may take its time, and a Return too many presses the next page's button.
    """
    for _ in range(TRIES):
        screen.press("ctrl+a")
        screen.type(pin)
        screen.press("Return")
        with suppress(TimeoutError):
            return await_condition(until, PATIENCE_SECONDS)
    raise TimeoutError


def close(screen: Display, server: Server) -> int:
    """Press Escape until the program has ended; its exit code."""

    def closed() -> bool:
        # Not "no window is seen": a search that meets a widget just gone sees none at all.
        screen.press("Escape")
        return server.ended

    await_condition(closed)
    return server.exit_code()


def test_a_pin_and_return_sign_in(window: Any, screen: Display, provider: CardProvider, tmp_path: Path) -> None:
    """The entry has the focus, Return signs, Escape closes; standard output names where to go on."""
    server = window()
    type_pin(screen, "1234", lambda: len(provider.proofs) == 1)
    assert close(screen, server) == 0
    assert (tmp_path / "log").read_text().endswith(f"{provider.return_url}\n")


def test_escape_declines(window: Any, screen: Display, provider: CardProvider) -> None:
    """Stopping tells the provider, and ends with exit code 1."""
    server = window()
    assert close(screen, server) == 1
    assert (provider.declined, provider.proofs) == (True, [])


def test_wrong_pins_are_asked_again(
    window: Any, screen: Display, provider: CardProvider, tries: Callable[[], int]
) -> None:
    """A wrong PIN costs a try, one of wrong length none, and the window goes on asking."""
    server = window()
    type_pin(screen, "9999", lambda: tries() == 2)
    type_pin(screen, "1234", lambda: len(provider.proofs) == 1)
    assert (tries(), close(screen, server)) == (3, 0)


def test_particulars_have_their_own_question(
    window: Any, screen: Display, provider: CardProvider, card_file: Path
) -> None:
    """First the input-support PIN, then the user PIN."""
    provider.challenge_changes = {"attributes": ["name"]}
    server = window()

    def sent() -> bool:
        for pin in ("1234", "1234"):
            if not provider.proofs:
                screen.press("ctrl+a")
                screen.type(pin)
                screen.press("Return")
        return bool(provider.proofs)

    await_condition(sent)
    name = read(card_file).chip["basic4"]["name"]  # type: ignore[index]
    assert name.encode() in b64decode(provider.proofs[0]["input_support"]["ef0002"])
    assert close(screen, server) == 0


def test_a_statement_is_signed_with_its_own_pin(window: Any, screen: Display, provider: CardProvider) -> None:
    """The signature PIN alone is asked for, in lower case too; the window fits a small screen with it."""
    provider.challenge_changes = {"version": "jpki-consent/1", "statement": STATEMENT}
    server, sizes = window(), []

    def signed() -> bool:
        sizes.extend(screen.place(shown)[2:] for shown in screen.windows(WINDOW))
        return len(provider.proofs) == 1

    type_pin(screen, "abc123", signed)
    assert max(height for _, height in sizes) <= 600  # of an ordinary small screen
    assert close(screen, server) == 0


def test_the_digits_stay_until_they_are_read(window: Any, screen: Display, provider: CardProvider) -> None:
    """Across devices the window shows the six digits and waits."""
    provider.challenge_changes = {"channel": "cross-device", "claim": CLAIM}
    provider.instead["POST", "proof"] = answer({"status": "accepted", "code": "012345"})
    server = window()
    type_pin(screen, "1234", lambda: "POST" in provider.methods)
    assert (screen.windows(WINDOW) != [], close(screen, server)) == (True, 0)
