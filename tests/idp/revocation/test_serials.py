"""Serial numbers in bulk: as people write them, and over all generations of an issuer."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from components.revocation_lists import NOW, issuer

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.revocation.serials import (
    UNKNOWN_ISSUER,
    Named,
    SerialRefused,
    questions,
    read_key_id,
    read_serial,
    verdicts,
)
from idp.revocation.tally import Asked
from idp.store.crl_index.lists import Status, Verdict

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
REVOKED, ABSENT, MISSING = (
    Verdict(Status.REVOKED, "keyCompromise"),
    Verdict(Status.NOT_LISTED),
    Verdict(Status.EVIDENCE_MISSING),
)
OLD, NEW = issuer(1).anchor, issuer(2).anchor


@dataclass
class Lists:
    """Lists by what they say: anchor -> serial -> verdict, and what they say otherwise."""

    said: dict = field(default_factory=dict)
    otherwise: Verdict = ABSENT

    def verdicts(self, anchor, serials):
        """See SerialLists."""
        return [self.said.get((anchor.key_id, serial), self.otherwise) for serial in serials]


def ask(lists, *names, anchors=(OLD, NEW), now=NOW):
    """The verdicts."""
    return verdicts(lists, anchors, names, now=now)


def test_every_generation_is_asked_and_the_gravest_counts():
    """Revoked by one is revoked; missing with one is missing."""
    said = {(OLD.key_id, 1): REVOKED, (NEW.key_id, 2): MISSING, (NEW.key_id, 4): REVOKED, (OLD.key_id, 4): MISSING}
    names = [Named(USER, serial) for serial in (1, 2, 3, 4)]
    assert ask(Lists(said), *names) == [REVOKED, MISSING, ABSENT, REVOKED]


def test_a_named_generation_is_asked_alone():
    """By its key identifier; one that nobody knows is said to be."""
    lists = Lists({(OLD.key_id, 1): REVOKED})
    names = [
        Named(USER, 1, OLD.key_id),
        Named(USER, 1, NEW.key_id),
        Named(USER, 1, bytes(20)),
        Named(SIGNATURE, 1),
    ]
    assert ask(lists, *names) == [REVOKED, ABSENT, UNKNOWN_ISSUER, UNKNOWN_ISSUER]
    assert ask(lists, names[0], anchors=()) == [UNKNOWN_ISSUER]


def test_a_generation_that_is_over_is_asked_only_by_name():
    """Its lists are not renewed any more, and would be missing for ever."""
    later = OLD.certificate.not_valid_after_utc + timedelta(days=1)
    assert ask(Lists(), Named(USER, 1), now=later) == [UNKNOWN_ISSUER]
    assert ask(Lists(), Named(USER, 1, OLD.key_id), now=later) == [ABSENT]


def test_the_order_is_that_of_the_questions_over_all_blocks(monkeypatch):
    """However they are grouped."""
    monkeypatch.setattr("idp.revocation.serials.BLOCK", 3)
    lists = Lists({(OLD.key_id, serial): REVOKED for serial in range(0, 20, 2)})
    names = [Named(USER, serial, OLD.key_id if serial % 3 else None) for serial in range(1, 20)]
    told = []
    found = verdicts(lists, (OLD, NEW), names, now=NOW, progress=told.append)
    assert [verdict is REVOKED for verdict in found] == [serial % 2 == 0 for serial in range(1, 20)]
    assert told == [3, 6, 9, 12, 15, 18, 19]


def test_every_serial_number_is_one_question_to_the_lists():
    """Answered, unless there was no evidence; of an issuer whom nobody trusts nothing was asked."""
    names = [Named(USER, 1), Named(USER, 2), Named(SIGNATURE, 3), Named(USER, 4, bytes(20))]
    assert questions(names, [REVOKED, MISSING, ABSENT, UNKNOWN_ISSUER]) == {
        Asked(USER, Method.CRL, remembered=False, answered=True): 1,
        Asked(USER, Method.CRL, remembered=False, answered=False): 1,
        Asked(SIGNATURE, Method.CRL, remembered=False, answered=True): 1,
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1a2b", 0x1A2B),
        ("0x1A2B", 0x1A2B),
        (" 1A:2b ", 0x1A2B),
        ("00 1a 2b", 0x1A2B),
        ("7" + "f" * 39, (1 << 159) - 1),
    ],
)
def test_hexadecimal_is_read_as_viewers_write_it(text, number):
    """With colons, spaces, zeros in front."""
    assert read_serial(text) == number


def test_decimal_is_read_where_it_is_said_to_be():
    """The same digits mean another number."""
    assert (read_serial("12", decimal=True), read_serial("12")) == (12, 18)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.2E+10", "g", "0x", "8" + "0" * 39, "1" * 500, "１２", "²"])
@pytest.mark.parametrize("decimal", [False, True])
def test_anything_else_is_no_serial_number(text, decimal):
    """Zero, negative, too long, a float."""
    if text == "8" + "0" * 39 and decimal:
        text = str(1 << 159)
    with pytest.raises(SerialRefused):
        read_serial(text, decimal=decimal)


def test_a_key_identifier_has_twenty_octets_or_is_not_there():
    """Nothing is None."""
    assert read_key_id("") is None
    assert read_key_id("AA:" * 19 + "bb") == b"\xaa" * 19 + b"\xbb"
    for text in ("00", "g" * 40, "0" * 41):
        with pytest.raises(SerialRefused):
            read_key_id(text)
