"""A counter login at a service that asks for name or address: both modes, on screens and by command."""

from base64 import b64decode

import pytest
from components.counter_desk import Counter
from typer.testing import CliRunner

from connectors.card import cardfile
from connectors.card.basic4 import parse
from connectors.card.main import app
from connectors.sandbox.card import face


@pytest.fixture
def asking(provider):
    """The service asks for two of the four."""
    provider.challenge_changes = {"attributes": ["name", "gender"]}
    return provider


@pytest.fixture
def counter(asking, hanako):
    """Two browsers at a desk with Hanako's card."""
    return Counter(asking, hanako.card)


def number_b(hanako):
    """The number that is printed on her card."""
    return face.load(cardfile.read(hanako.card).chip).pins["input_support_number_b"].pin


def sent(provider):
    """What was read and sent."""
    return parse(b64decode(provider.proofs[-1]["input_support"]["ef0002"]))


def test_the_resident_is_told_what_is_read_and_types_both(counter, asking, hanako):
    """Before anything is read; a wrong second PIN is counted down and can be corrected."""
    counter.staff("login", link=counter.link, mode="pin")
    assert "氏名・性別" in counter.resident().text
    assert 'name="for_attributes"' in counter.resident("agree").text
    page = counter.resident("present", secret=hanako.auth_pin, for_attributes="9999").text
    assert "残りの回数: 2" in page
    counter.resident("present", secret=hanako.auth_pin, for_attributes=hanako.auth_pin)
    assert sent(asking).name == "髙橋　花子"


def test_held_over_the_printed_number_opens_them(counter, asking, hanako):
    """Whoever needs no PIN needs none for this either."""
    counter.staff("login", link=counter.link, mode="kazashi")
    assert "照合番号B" in counter.resident("agree").text
    counter.resident("present", for_attributes=number_b(hanako))
    assert (asking.proofs[-1]["mode"], sent(asking).name) == ("kazashi", "髙橋　花子")


@pytest.mark.parametrize(
    ("mode", "lines", "more"), [("pin", "1234", []), ("kazashi", "\n{number_b}", ["--number-b"])]
)
def test_by_command(asking, hanako, key_file, tmp_path, mode, lines, more):
    """The PIN file's second line opens them; for a sample card with PINs of its own the first is enough."""
    pin = tmp_path / "pin"
    pin.write_text(lines.format(number_b=number_b(hanako)))
    words = ["counter", "login", asking.link, "--terminal", "mado-2", "--key", str(key_file), "--mode", mode]
    words += ["--card", str(hanako.card), "--pin-file", str(pin), "--dev", "--json", *more]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    assert sent(asking).gender == "2"
