"""The adapter answers whatever it is handed: arguments of any type, in any number, at any moment."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from components.scale import scaled
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors.hierarchy import NOW, root
from vectors.validate import validate

ANCHOR = root("anchor")
LEAF = ANCHOR.issue("leaf")
GOOD = [LEAF.der], NOW, [ANCHOR.der], [ANCHOR.crl()], [ANCHOR.answer(LEAF.certificate)], None
KEYS = (
    "revocation", "user_policies", "explicit_policy", "inhibit_mapping", "inhibit_any", "eku", "max_depth",
    "peer_name", "weak_ok", "surprise",
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=40),
    st.sampled_from(
        [LEAF.der, ANCHOR.der, "crl", "ocsp", "off", "serverAuth", "a.example.com", "127.0.0.1", b"\x30"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.sampled_from(["kind", "value", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
POLICIES = st.one_of(SCALARS, st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), VALUES)
MOMENTS = st.one_of(SCALARS, st.datetimes(), st.datetimes(timezones=st.just(UTC)), st.just(date(2026, 6, 1)))


def answered(*arguments) -> bool:
    """Whether the answer has its form; what it says."""
    verdict = validate(*arguments)
    assert set(verdict) == {"ok", "reason"}
    assert isinstance(verdict["ok"], bool)
    assert isinstance(verdict["reason"], str)
    assert type(verdict["reason"]) is str
    assert verdict["ok"] is (verdict["reason"] == "ok")
    return verdict["ok"]


@given(chain=VALUES, at=MOMENTS, anchors=VALUES, crls=VALUES, ocsp=VALUES, policy=POLICIES)
@settings(max_examples=scaled(150, 3000), deadline=None, derandomize=True)
def test_arguments_of_any_kind(chain, at, anchors, crls, ocsp, policy):
    """No exception, and no acceptance but of the good leaf under its anchor."""
    if answered(chain, at, anchors, crls, ocsp, policy):
        assert bytes(chain[0]) == LEAF.der
        assert ANCHOR.der in anchors


@given(place=st.integers(0, 5), value=VALUES, policy=POLICIES, at=MOMENTS)
@settings(max_examples=scaled(150, 3000), deadline=None, derandomize=True)
def test_one_odd_argument_among_good_ones(place, value, policy, at):
    """The engine is reached with all but one of its inputs right."""
    arguments = [*GOOD]
    arguments[place] = {1: at, 5: policy}.get(place, value)
    answered(*arguments)


@pytest.mark.parametrize("mode", ["off", "crl", "ocsp"])
@pytest.mark.parametrize(
    "at",
    [
        datetime.min,  # noqa: DTZ901
        datetime.max,  # noqa: DTZ901
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        date(2026, 6, 1),
        1764547200,
        None,
    ],
)
def test_moments_at_the_ends_of_time(at, mode):
    """The first and last moments that there are overflow nothing; other types are refused."""
    assert not answered([LEAF.der], at, [ANCHOR.der], GOOD[3], GOOD[4], {"revocation": mode})


@pytest.mark.parametrize("mode", ["off", "crl", "ocsp"])
@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=9))])
def test_a_good_leaf_in_every_spelling(mode, zone):
    """Naive moments are UTC, others any zone; bytes may be bytearrays and views; lists may be tuples."""
    at = NOW.replace(tzinfo=None) if zone is None else NOW.astimezone(zone)
    views = (memoryview(LEAF.der), bytearray(ANCHOR.der)), at, (bytearray(ANCHOR.der),)
    assert answered(*views, tuple(GOOD[3]), tuple(GOOD[4]), {"revocation": mode})
