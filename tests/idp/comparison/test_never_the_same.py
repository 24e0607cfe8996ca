"""What no table can list: whatever two texts are, a changed one is never the same, and the order says nothing."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from idp.comparison import fields, names, numerals
from idp.comparison.characters import typed
from idp.comparison.fields import FIELDS
from idp.comparison.outcome import DIFFERENT, Outcome, Why, cannot_tell

PIECES = st.sampled_from(
    [
        *"青葉緑町髙高﨑崎一二三十百〇ーｰ-－−ニハ八ヶケがの々 　0123456789０１",
        "丁目",
        "番地",
        "番",
        "号",
        "室",
        "[",
        "］",
        "〓",
        "\U000e0100",
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
FIELD = st.sampled_from(sorted(FIELDS))


@settings(max_examples=60, deadline=None)
@given(FIELD, TEXTS, TEXTS)
def test_the_order_of_the_two_says_nothing(field, left, right):
    """Nor does any text break a comparison."""
    assert FIELDS[field](left, right) == FIELDS[field](right, left)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.text(max_size=14))
def test_any_text_is_judged(left, right):
    """With control characters, lone surrogates and whatever else there is."""
    for field, compare in FIELDS.items():
        assert compare(left, right).outcome in Outcome, field


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(0, 9), st.integers(0, 9))
def test_another_digit_is_never_the_same(text, one, other):
    """In any field, wherever it stands, unless leading zeros do not count."""
    assume(one != other)
    for field, compare in FIELDS.items():
        found = compare(f"青葉{text}7{one}", f"青葉{text}7{other}")
        assert found.outcome is not Outcome.SAME, field


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_names_are_the_same_only_when_all_their_characters_are(left, right):
    """Once typed alike, without spaces and brackets."""

    def letters(text):
        return sorted(one for one in typed(text) if one not in " []()〔〕")

    if names.compare(left, right).outcome is Outcome.SAME:
        assert letters(left) == letters(right)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", ["青葉\x00花子", "青葉\ud800", "青葉\ue000\uffff"])
def test_what_is_no_text_is_not_compared(field, text):
    """Control characters, halves of surrogates, code points that are none."""
    found = FIELDS[field](text, "青葉花子")
    assert found.outcome is Outcome.CANNOT_TELL


def test_a_field_that_is_not_known_tells_nothing():
    """Only what was stated is answered."""
    found = fields.compare({"name": "青葉", "gender": "男"}, {"name": "若葉", "birthdate": "1980-02-17"})
    assert found == {"name": DIFFERENT, "gender": cannot_tell(Why.NOT_RELEASED)}


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("二十三", 23), ("百", 100), ("千二百三十四", 1234), ("二三", 23), ("一〇", 10), ("十", 10), ("〇", 0),
        ("三二十", None), ("十百", None), ("〇十", None), ("十十", None), ("", None),
        ("二百三十三四", None), ("甲", None),
    ],
)  # fmt: skip
def test_numerals(numeral, value):
    """By units, by places, and what is no number."""
    assert numerals.value_of(numeral) == value
