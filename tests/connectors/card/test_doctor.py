"""`idp-card doctor` and PC/SC's results where there is no reader: what is missing is named with its remedy."""

import json
import os
import subprocess
import sys

import pytest
from smartcard import scard

from connectors.card import pcsc
from connectors.card.doctor import Finding, Verdict, exit_code
from connectors.card.errors import CardGarbled, CardRemoved, ReaderAbsent, ReaderBusy, ServiceAbsent

NO_SERVICE = os.environ | {"PCSCLITE_CSOCK_NAME": "/nowhere/pcscd.comm"}


def idp_card(*words: str, before: str = "pass") -> "subprocess.CompletedProcess[str]":
    """The program without any smart card service; `before` runs in its process first."""
    start = f"import sys; {before}; from connectors.card.main import main; sys.argv[0] = 'idp-card'; main()"
    return subprocess.run(
        [sys.executable, "-c", start, *words], env=NO_SERVICE, capture_output=True, text=True, timeout=60
    )


def findings(done: "subprocess.CompletedProcess[str]") -> dict[str, tuple[int, str]]:
    """Verdict and remedy by name."""
    return {finding["name"]: (finding["verdict"], finding["remedy"]) for finding in json.loads(done.stdout)}


def test_a_missing_service_is_exit_code_3() -> None:
    """The remedy starts it; whatever lies behind it is not judged."""
    done = idp_card("doctor", "--json")
    found = findings(done)
    assert (done.returncode, found["pyscard"][0], found["service"][0]) == (3, 0, 3)
    assert "pcscd" in found["service"][1]
    assert not {"readers", "card"} & set(found)


def test_a_missing_package_is_exit_code_1() -> None:
    """The remedy installs it."""
    done = idp_card("doctor", "--json", before="sys.modules['smartcard'] = None")
    remedy = "pip install pyscard (in a clone: make setup-test)"
    assert (done.returncode, findings(done)["pyscard"]) == (1, (1, remedy))


@pytest.mark.parametrize(("before", "code"), [("pass", 3), ("sys.modules['smartcard'] = None", 1)])
def test_without_reader_software_other_commands_say_so(before: str, code: int) -> None:
    """One sentence for a program, both languages for a person, no stack trace."""
    done = idp_card("show", before=before)
    assert (done.returncode, done.stderr.count("\n"), "idp-card doctor" in done.stderr) == (code, 2, True)


def test_people_read_findings_with_their_remedies() -> None:
    """One line for each, the remedy below it."""
    done = idp_card("doctor")
    lines = done.stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("service"))
    assert lines[at + 1].strip().startswith("-> apt install pcscd")


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (scard.SCARD_W_REMOVED_CARD, CardRemoved),
        (scard.SCARD_E_NO_SMARTCARD, CardRemoved),
        (scard.SCARD_E_NOT_TRANSACTED, CardRemoved),
        (scard.SCARD_W_RESET_CARD, CardRemoved),
        (scard.SCARD_W_UNPOWERED_CARD, CardRemoved),
        (scard.SCARD_E_UNKNOWN_READER, ReaderAbsent),
        (scard.SCARD_E_READER_UNAVAILABLE, ReaderAbsent),
        (scard.SCARD_E_NO_READERS_AVAILABLE, ReaderAbsent),
        (scard.SCARD_E_SHARING_VIOLATION, ReaderBusy),
        (scard.SCARD_E_NO_SERVICE, ServiceAbsent),
        (scard.SCARD_E_SERVICE_STOPPED, ServiceAbsent),
        (scard.SCARD_W_UNRESPONSIVE_CARD, CardGarbled),
        (scard.SCARD_E_PROTO_MISMATCH, CardGarbled),
    ],
)
def test_results_of_pcsc_have_names(result: int, error: type[Exception]) -> None:
    """A card pulled out, a reader unplugged, a service stopped and a broken card are four things."""
    assert type(pcsc._error(scard, result)) is error


def test_the_worst_finding_is_the_exit_code() -> None:
    """0, 1 or 3."""
    found = [Finding("a", verdict, "") for verdict in Verdict]
    assert [exit_code(found[:count]) for count in range(4)] == [0, 0, 1, 3]
