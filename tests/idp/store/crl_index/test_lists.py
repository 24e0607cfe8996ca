"""Evidence from lists in use: revoked, not listed, missing and too old are four answers."""

from datetime import timedelta

import pytest
from components.revocation_lists import NOW, THIS_UPDATE, crl, entry, issuer, issuing_point, point

from idp.errors import Reason, Refusal
from idp.jpki.revocation import Method, NoEvidence
from idp.store.crl_index.lists import IndexedLists, Status, Verdict

AOBA, WAKABA = point("Aoba-shi").public_bytes(), point("Wakaba-shi").public_bytes()
DAY = timedelta(days=1)
REVOKED = Verdict(Status.REVOKED, "certificateHold")
NOT_LISTED, MISSING = Verdict(Status.NOT_LISTED), Verdict(Status.EVIDENCE_MISSING)


@pytest.fixture
def asked(lists):
    """The lists, asked at their clock."""
    return IndexedLists(lists.catalogue, lambda: lists.now)


def test_evidence_that_a_certificate_is_not_listed(lists, asked):
    """It names the list by its hash and its times."""
    loaded = lists.load(crl([entry(5, "superseded")])).facts
    evidence = asked.evidence_for(issuer().anchor, 6)
    assert (evidence.method, evidence.checked_at, evidence.digest) == (Method.CRL, NOW, loaded.digest)
    assert (evidence.this_update, evidence.next_update) == (THIS_UPDATE, THIS_UPDATE + 2 * DAY)


@pytest.mark.parametrize("after", [timedelta(0), 30 * DAY], ids=["fresh", "old"])
def test_a_listed_certificate_is_revoked_even_by_an_old_list(lists, asked, after):
    """A hold counts as any other reason, and revocation is not undone by age."""
    lists.load(crl([entry(5, "certificateHold")]))
    lists.now += after
    with pytest.raises(Refusal) as caught:
        asked.evidence_for(issuer().anchor, 5)
    assert (caught.value.reason, caught.value.revocation_reason) == (Reason.CERTIFICATE_REVOKED, "certificateHold")


def test_missing_and_stale_are_two_failures(lists, asked):
    """Nothing loaded, another generation's list, and a list past its time."""
    with pytest.raises(NoEvidence) as missing:
        asked.evidence_for(issuer().anchor, 6)
    lists.load(crl())
    with pytest.raises(NoEvidence) as other:
        asked.evidence_for(issuer(2).anchor, 6)
    lists.now += 3 * DAY
    with pytest.raises(NoEvidence) as stale:
        asked.evidence_for(issuer().anchor, 6)
    assert (missing.value.stale, other.value.stale, stale.value.stale) == (False, False, True)


def test_a_shard_speaks_for_its_own_certificates(lists, asked):
    """A certificate of another municipality has no evidence, one without point neither."""
    lists.load(crl([entry(5)], extensions=[issuing_point("Aoba-shi")]))
    assert asked.evidence_for(issuer().anchor, 6, point=AOBA).method is Method.CRL
    for elsewhere in (WAKABA, None):
        with pytest.raises(NoEvidence):
            asked.evidence_for(issuer().anchor, 6, point=elsewhere)
    with pytest.raises(Refusal):
        asked.evidence_for(issuer().anchor, 5, point=AOBA)


def test_shard_and_whole_list_together(lists, asked):
    """Either revokes; the evidence is the newest that is still fresh."""
    lists.load(crl([entry(5)], extensions=[issuing_point("Aoba-shi")]))
    whole = lists.load(crl([entry(6)], this_update=THIS_UPDATE + timedelta(hours=2))).facts
    for serial in (5, 6):
        with pytest.raises(Refusal):
            asked.evidence_for(issuer().anchor, serial, point=AOBA)
    assert asked.evidence_for(issuer().anchor, 7, point=AOBA).digest == whole.digest
    brief = crl(
        [entry(5)], number=2, this_update=NOW, life=timedelta(hours=1), extensions=[issuing_point("Aoba-shi")]
    )
    lists.load(brief)
    lists.now += timedelta(hours=2)
    assert asked.evidence_for(issuer().anchor, 7, point=AOBA).digest == whole.digest


def test_verdicts_of_serial_numbers_alone(lists, asked):
    """Listed in any shard is revoked; absent is *not listed* only by a fresh list of the whole CA."""
    serials = [5, 6, 2**100, 2**100 + 1, 0, 2**200]
    assert asked.verdicts(issuer().anchor, serials) == [MISSING] * 6
    lists.load(crl([entry(5, "certificateHold")], extensions=[issuing_point("Aoba-shi")]))
    assert asked.verdicts(issuer().anchor, serials) == [REVOKED, *[MISSING] * 5]
    assert asked.verdicts(issuer().anchor, serials, point=AOBA) == [REVOKED, *[NOT_LISTED] * 5]
    assert asked.verdicts(issuer().anchor, serials, point=WAKABA) == [MISSING] * 6
    lists.load(crl([entry(2**100, "certificateHold")]))
    assert asked.verdicts(issuer().anchor, serials) == [REVOKED, NOT_LISTED, REVOKED, *[NOT_LISTED] * 3]
    lists.now += 3 * DAY
    assert asked.verdicts(issuer().anchor, serials) == [REVOKED, MISSING, REVOKED, *[MISSING] * 3]
    assert asked.verdicts(issuer().anchor, []) == []
