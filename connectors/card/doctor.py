"""What a login with a card needs from this computer: each finding with its remedy, worst first to be mended."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from connectors.card import pcsc
from connectors.card.command_card import in_reader
from connectors.card.errors import CardError, DriverAbsent, NotThisCard, ServiceAbsent
from connectors.card.pkcs11_card import opensc_module
from connectors.card.softcard import SoftwareCard


class Verdict(IntEnum):
    """How bad a finding is; the worst is the exit code of `idp-card doctor`."""

    GOOD = 0
    MISSING = 1
    """A login with a card is not possible before this is mended."""
    UNREACHABLE = 3
    """The smart card service does not answer, so that nothing behind it can be judged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where there is nothing to do."""

    name: str
    verdict: Verdict
    state: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What only the program's edge knows: whether a window could be shown, whether addresses lead here."""

    display: bool
    handler: bool
    platform: str


def examine(surroundings: Surroundings) -> Sequence[Finding]:
    """Look at everything from pyscard to the card. Spends no try and reads no certificate."""
    return (*_reader_findings(surroundings.platform), *_extras(surroundings))


def card_file(path: Path) -> Finding:
    """Whether a software card's file is one."""
    try:
        return Finding("card file", Verdict.GOOD, f"readable, {SoftwareCard.load(path).device}")
    except CardError as error:
        return Finding("card file", Verdict.MISSING, str(error), "Make a new one: idp sandbox.")


def exit_code(findings: Iterable[Finding]) -> int:
    """The worst verdict: 0, 1 or 3."""
    return max((finding.verdict for finding in findings), default=Verdict.GOOD)


def _reader_findings(platform: str) -> Iterable[Finding]:
    """In the order in which one needs the other; what cannot be looked at is left out."""
    try:
        names = pcsc.readers()
    except DriverAbsent as error:
        yield Finding("pyscard", Verdict.MISSING, str(error), "pip install pyscard (in a clone: make setup-test)")
        return
    except ServiceAbsent as error:
        yield Finding("pyscard", Verdict.GOOD, "installed")
        yield Finding("service", Verdict.UNREACHABLE, str(error), _service_remedy(platform))
        return
    except CardError as error:
        yield Finding("service", Verdict.MISSING, str(error), _service_remedy(platform))
        return
    yield Finding("pyscard", Verdict.GOOD, "installed")
    yield Finding("service", Verdict.GOOD, "running")
    if not names:
        yield Finding("readers", Verdict.MISSING, "none", _driver_remedy(platform))
        return
    yield Finding("readers", Verdict.GOOD, ", ".join(names))
    yield _card(names)


def _card(names: Sequence[str]) -> Finding:
    """Whether a My Number Card lies on one of the readers."""
    remedy = "Put the My Number Card on the reader, and leave it there."
    try:
        holding = pcsc.holding_a_card()
        if not holding:
            return Finding("card", Verdict.MISSING, "none", remedy)
        return Finding("card", Verdict.GOOD, in_reader(holding[0]).token().name)
    except NotThisCard as error:
        return Finding("card", Verdict.MISSING, str(error), remedy)
    except CardError as error:
        return Finding("card", Verdict.MISSING, str(error), "Take the card off, wait a moment, put it back.")


def _extras(surroundings: Surroundings) -> Iterable[Finding]:
    """What makes it more comfortable, and is no condition."""
    yield _optional("OpenSC", _has_opensc, "Only for --pkcs11 and browsers: apt install opensc-pkcs11")
    yield _optional("handler", lambda: surroundings.handler, "idp-card handler install")
    yield _optional("display", lambda: surroundings.display, "None here: the PIN is asked for in the terminal.")


def _optional(name: str, there: Callable[[], bool], remedy: str) -> Finding:
    found = there()
    return Finding(name, Verdict.GOOD, "there" if found else "not there", "" if found else remedy)


def _has_opensc() -> bool:
    try:
        opensc_module()
    except DriverAbsent:
        return False
    return True


def _service_remedy(platform: str) -> str:
    if platform == "win32":
        return "Start the Windows service SCardSvr (services.msc)."
    if platform == "darwin":
        return "Connect a reader: macOS starts its service by itself."
    return "apt install pcscd && systemctl enable --now pcscd.socket"


def _driver_remedy(platform: str) -> str:
    more = "" if platform in ("win32", "darwin") else " Its driver: apt install libccid, or the maker's."
    return f"Connect a card reader that reads Type B.{more}"
