"""Sharing a secret: any three of five give it, two tell nothing; and a share's text survives paper."""

import itertools
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.custody import shares as papers
from idp.custody.shamir import SharesRefused, combine, split
from idp.custody.shares import Share, ShareUnreadable

SECRET = bytes(range(32))


def times(left, right):
    """Multiplication in AES's field bit by bit (FIPS 197 section 4.2): another way than the tables."""
    product = 0
    for bit in range(8):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


def test_shares_are_the_values_of_the_polynomial():
    """With coefficients that we choose, every share is s + a*x + b*x^2, computed here by hand."""
    drawn = iter([b"\x57\x01", b"\x83\xff"])
    made = split(b"\x0a\x00", needed=3, shares=255, token_bytes=lambda count: next(drawn))
    for x, share in made.items():
        expected = [
            s ^ times(a, x) ^ times(b, times(x, x))
            for s, a, b in zip(b"\x0a\x00", b"\x57\x01", b"\x83\xff", strict=True)
        ]
        assert list(share) == expected
    assert times(0x57, 0x83) == 0xC1  # the example of FIPS 197


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(2, 5), st.integers(0, 3), st.randoms())
def test_any_of_enough_shares_give_the_secret(secret, needed, more, chance):
    """Whatever the secret and the counts, any `needed` of the shares, in any order, are enough; so are more."""
    made = split(secret, needed=needed, shares=needed + more, token_bytes=secrets.token_bytes)
    some = chance.sample(sorted(made), needed)
    assert combine({number: made[number] for number in some}) == secret
    assert combine(made) == secret


def test_every_three_of_five_and_no_two():
    """All ten threes give the key; none of the ten pairs does."""
    made = split(SECRET, needed=3, shares=5, token_bytes=secrets.token_bytes)
    assert all(combine({n: made[n] for n in some}) == SECRET for some in itertools.combinations(made, 3))
    assert not any(combine({n: made[n] for n in some}) == SECRET for some in itertools.combinations(made, 2))


def test_two_shares_fit_every_secret():
    """Given two shares of one byte, each of the 256 secrets has a third share that gives it: they tell nothing."""
    made = split(b"\x2a", needed=3, shares=3, token_bytes=secrets.token_bytes)
    given_two = {number: made[number] for number in (1, 2)}
    assert len({combine({**given_two, 3: bytes([third])}) for third in range(256)}) == 256


@pytest.mark.parametrize(("needed", "shares"), [(1, 5), (0, 0), (6, 5), (3, 256), (-1, 3)])
def test_counts_that_share_nothing_are_refused(needed, shares):
    """One share that is the secret, more needed than there are, more than the field has."""
    with pytest.raises(ValueError, match="needed"):
        split(SECRET, needed=needed, shares=shares, token_bytes=secrets.token_bytes)


@pytest.mark.parametrize("shares", [{}, {0: b"x"}, {256: b"x"}, {1: b"x", 2: b"xy"}, {-1: b"x"}])
def test_shares_that_are_none_are_refused(shares):
    """No shares, numbers outside the field, different lengths."""
    with pytest.raises(SharesRefused):
        combine(shares)


@pytest.fixture
def share():
    """A share."""
    return Share(
        tenant_id="aoba",
        version=2,
        ceremony="0f3a9c51",
        number=4,
        total=5,
        needed=3,
        value=secrets.token_bytes(32),
    )


def test_a_share_is_read_as_it_was_written(share):
    """Also typed in small letters, with other spaces and hyphens, a 1 for an I, and Windows line ends."""
    text = papers.write(share)
    assert papers.read(text) == share
    head, _, code = text.rstrip("\n").rpartition("\n")
    for typed in (
        code.lower(),
        code.replace(" ", ""),
        code.replace(" ", "-"),
        code.replace("I", "1"),
        f"  {code} ",
    ):
        assert papers.read(f"{head}\r\n{typed}\r\n") == share


def test_every_wrong_letter_is_noticed(share):
    """One changed character, whichever it is, is refused, and nothing of the share is in the sentence."""
    text = papers.write(share)
    for position, letter in enumerate(text.rstrip("\n")):
        changed = "B" if letter != "B" else "C"
        broken = text[:position] + changed + text[position + 1 :]
        if letter in " \n" and broken.split() == text.split():
            continue
        with pytest.raises(ShareUnreadable) as refused:
            papers.read(broken)
        assert text.split("\n")[5] not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "ppid-idp-share/1", "x" * 5000, "\n" * 50, "ppid-idp-share/1\n" * 7, "青" * 100]
)
def test_what_is_no_share_is_refused(text):
    """Other texts, however long."""
    with pytest.raises(ShareUnreadable):
        papers.read(text)


def test_a_share_shows_itself_nowhere(share):
    """Not in its repr; its fingerprint is a hash."""
    assert share.value.hex() not in repr(share)
    assert str(list(share.value)) not in repr(share)
    assert share.fingerprint not in papers.write(share)
