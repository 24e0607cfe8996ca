"""The terminal's key at rest: under a passphrase from a file or from somebody who types it."""

import subprocess
import sys
from pathlib import Path

import pytest
from components.counter_provider import CounterProvider
from components.process import plain_environment
from components.typist import at_a_terminal
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.card.counter import key as keys

IDP_CARD = Path(sys.executable).with_name("idp-card")
PASSPHRASE = b"let-a-machine-choose-32-octets"
OK, REFUSED, USAGE = 0, 1, 2


@pytest.fixture
def passphrase_file(tmp_path):
    """A file with the passphrase in its first line."""
    file = tmp_path / "passphrase"
    file.write_bytes(PASSPHRASE + b"\n")
    return file


@pytest.fixture
def encrypted(tmp_path, passphrase_file):
    """A key that the command made under it."""
    file = tmp_path / "encrypted.key"
    made = run("counter", "key", file, IDP_CARD_PASSPHRASE_FILE=str(passphrase_file))
    assert (made.returncode, made.stderr) == (OK, "")
    return file


@pytest.fixture
def desk(encrypted):
    """A provider at which that terminal is enrolled."""
    waiting = CounterProvider(terminal=keys.load("mado-2", encrypted, PASSPHRASE))
    stop = waiting.serve()
    yield waiting
    stop()


def run(*words, **variables):
    """`idp-card` with these variables."""
    command = [str(word) for word in (IDP_CARD, *words)]
    return subprocess.run(
        command,
        env=plain_environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def kazashi(desk, encrypted, hanako):
    """The words of a login at the counter without the card's PIN."""
    named = ("--terminal", "mado-2", "--key", encrypted, "--mode", "kazashi")
    return ("counter", "login", desk.link, *named, "--card", hanako.card, "--dev", "--json")


def test_a_key_under_a_passphrase_is_no_key_without_it(encrypted):
    """Neither for us nor for anybody's PEM reader; another passphrase is refused in one sentence."""
    assert keys.is_encrypted(encrypted)
    with pytest.raises(TypeError):
        load_pem_private_key(encrypted.read_bytes(), None)
    for passphrase, sentence in ((None, "is encrypted"), (PASSPHRASE + b"x", "another one")):
        with pytest.raises(keys.TerminalKeyUnusable, match=sentence):
            keys.load("mado-2", encrypted, passphrase)
    assert len(keys.load("mado-2", encrypted, PASSPHRASE).sign(b"message")) == 64


def test_nobody_is_left_to_believe_that_a_plain_key_is_encrypted(key_file, tmp_path):
    """A passphrase for a key in the clear, or for no file at all, is refused."""
    for file in (key_file, tmp_path / "absent"):
        with pytest.raises(keys.TerminalKeyUnusable, match="not encrypted"):
            keys.load("mado-2", file, PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"1234\n", b"x" * 19, b"x" * 1025])
def test_a_passphrase_that_would_be_guessed_makes_no_key(tmp_path, content):
    """Too short or too long: exit code 1, and no file."""
    passphrase_file, file = tmp_path / "weak", tmp_path / "terminal.key"
    passphrase_file.write_bytes(content)
    made = run("counter", "key", file, "--passphrase-file", passphrase_file)
    assert (made.returncode, file.exists()) == (REFUSED, False)
    assert "20 to 1024 bytes" in made.stderr


def test_a_login_with_the_passphrase_from_a_file(desk, encrypted, passphrase_file, hanako):
    """The terminal signs; without the file, with nobody to ask, or with an absent one, nothing is begun."""
    words = kazashi(desk, encrypted, hanako)
    assert run(*words).returncode == USAGE
    assert run(*words, "--passphrase-file", passphrase_file.with_name("absent")).returncode == USAGE
    assert desk.proofs == []
    assert run(*words, "--passphrase-file", passphrase_file).returncode == OK
    assert [proof["mode"] for proof in desk.proofs] == ["kazashi"]


def test_staff_may_type_the_passphrase(desk, encrypted, hanako):
    """Asked for where no file is named; it is not shown."""
    command = [str(word) for word in (IDP_CARD, *kazashi(desk, encrypted, hanako))]
    with at_a_terminal(command, plain_environment()) as typist:
        typist.await_text("Passphrase of the terminal's key: ")
        typist.type(PASSPHRASE.decode())
        assert typist.exit_code() == OK
        assert PASSPHRASE.decode() not in typist.screen
    assert len(desk.proofs) == 1


def test_a_key_from_before_is_encrypted_where_it_lies(key_file, passphrase_file):
    """As the counter's README says, by openssl: the same key, enrolled as it is."""
    encrypted = key_file.with_name("encrypted.key")
    words = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", key_file, "-out", encrypted]
    subprocess.run(["openssl", *words, "-passout", f"file:{passphrase_file}"], check=True, timeout=30)
    before, after = keys.load("mado-2", key_file), keys.load("mado-2", encrypted, PASSPHRASE)
    assert after.private_key.private_numbers() == before.private_key.private_numbers()
