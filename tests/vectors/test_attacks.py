"""Attacks of our own making, after the classes of public suites: none accepted, none slow, none trips us."""

from time import process_time

import pytest
from vectors import faults
from vectors.entrances import SLOWEST_SECONDS
from vectors.faults import CERTIFICATE_FAULTS, FRAMES
from vectors.floods import FLOODS

pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),  # of our own builder, about names too long
]


def quickly(attack) -> str:
    """The verdict, which must come within a quarter of a second of CPU (more where coverage is measured).

    The best of three counts: the garbage of a thousand tests before it is not the attack's.
    """
    taken = []
    for _ in range(3):
        begin = process_time()
        verdict = attack()
        taken.append(process_time() - begin)
        if taken[-1] < SLOWEST_SECONDS:
            return verdict
    raise AssertionError(f"the best of three took {min(taken):.2f} s of CPU")


def test_what_the_faults_are_made_of_is_accepted():
    """The unchanged path passes, rewritten or not, or the faults would prove nothing."""
    untouched = faults.Fault(lambda _members: None, "ok", policy=faults.TLS)
    assert (untouched.verdict(), faults.judged(faults.LEAF.der, policy=faults.TLS)) == ("ok", "ok")


@pytest.mark.parametrize("case", CERTIFICATE_FAULTS)
def test_one_fault_in_a_certificate(case):
    """It is refused by the name of its fault."""
    assert quickly(CERTIFICATE_FAULTS[case].verdict) == CERTIFICATE_FAULTS[case].expected


@pytest.mark.parametrize("case", FRAMES)
def test_one_fault_around_a_certificate(case):
    """Bytes outside what is signed matter as much."""
    attack, expected = FRAMES[case]
    assert quickly(attack) == expected


@pytest.mark.parametrize("case", FLOODS)
def test_a_flood_is_answered_in_time(case):
    """Whatever a pool is made of, the budget ends it before the quarter of a second does."""
    flood = FLOODS[case]()
    assert quickly(flood.verdict) == flood.expected
