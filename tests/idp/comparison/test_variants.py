"""The table of forms of characters against the Unihan database, as Debian's package unicode-data brings it."""

import bz2
import re
import unicodedata
from collections import defaultdict
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import pytest

from idp.comparison import names
from idp.comparison.outcome import SAME, Outcome, Why

UNIHAN = Path("/usr/share/unicode")
SETS = [
    forms
    for line in files("idp.comparison").joinpath("variants.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for forms in line.split()
]
OURS = {"𡈽", "圡", "𣘺", "䕃", "靍", "𨙻", "昺"}
"""Forms in registers of which Unihan says neither a reading nor whose they are."""


def rows(name, *fields):
    """Character, field and value."""
    with bz2.open(UNIHAN / f"Unihan_{name}.txt.bz2", "rt", encoding="utf-8") as lines:
        for line in lines:
            code, _, rest = line.rstrip("\n").partition("\t")
            field, _, value = rest.partition("\t")
            if code.startswith("U+") and field in fields:
                yield chr(int(code[2:], 16)), field, value


def named(value):
    """The characters that a value names."""
    return [chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]+)", value)]


@pytest.fixture(scope="module")
def japanese():
    """Characters of Japanese sources."""
    return {character for character, _, _ in rows("IRGSources", "kIRG_JSource")}


def unified(character):
    """What Unicode makes of a compatibility ideograph."""
    return unicodedata.normalize("NFC", character)


def test_no_character_stands_in_two_sets():
    """A set is closed: what is a form of two characters would make them forms of each other."""
    everything = "".join(SETS)
    assert len(everything) == len(set(everything))
    assert all(unified(one) == one for one in everything)


def test_every_form_for_names_that_the_ministry_lists_is_a_form_here():
    """常用漢字 and 人名用漢字 whose entries name another character: never *different*, never the *same*."""
    pairs = [
        (character, other)
        for character, _, value in rows("OtherMappings", "kJoyoKanji", "kJinmeiyoKanji")
        for other in named(value)
    ]
    assert len(pairs) > 200
    for character, other in pairs:
        found = names.compare(f"山{character}　誠", f"山{other}　誠")
        assert (found.outcome, found.because) == (Outcome.CANNOT_TELL, (Why.CHARACTER_VARIANT,)), character + other


def test_every_form_that_differs_by_its_drawing_alone_is_a_form_here(japanese):
    """Pairs that Unicode encoded twice (kZVariant), where both are in Japanese sources."""
    pairs = [
        (character, other)
        for character, _, value in rows("Variants", "kZVariant")
        for other in named(value)
        if {character, other} <= japanese
    ]
    assert len(pairs) > 40
    for character, other in pairs:
        assert names.compare(character, other).outcome is Outcome.CANNOT_TELL, character + other


def test_no_set_holds_a_character_that_has_nothing_to_do_with_the_others():
    """Unihan links each with another one of its set, if by way of a third, or gives both a reading."""
    links, readings = defaultdict(set), defaultdict(set)
    for character, _, value in rows(
        "Variants",
        "kSemanticVariant",
        "kSpecializedSemanticVariant",
        "kSimplifiedVariant",
        "kTraditionalVariant",
        "kZVariant",
        "kSpoofingVariant",
    ):
        for other in named(value):
            links[character].add(other)
            links[other].add(character)
    for character, _, value in rows("OtherMappings", "kJoyoKanji", "kJinmeiyoKanji"):
        for other in map(unified, named(value)):
            links[character].add(other)
            links[other].add(character)
    for character, _, value in rows("Readings", "kJapaneseOn", "kJapaneseKun"):
        readings[character] |= set(value.split())

    def are_kin(one, other):
        return other in links[one] or links[one] & links[other] or readings[one] & readings[other]

    strangers = {
        one
        for forms in SETS
        for one in forms[1:]
        if not any(are_kin(one, other) for other in forms if other != one)
    }
    assert strangers == OURS


def test_forms_are_alike_and_never_the_same():
    """Every pair of every set."""
    for forms in SETS:
        for one, other in combinations(forms, 2):
            assert names.compare(one, other).because == (Why.CHARACTER_VARIANT,)
            assert names.compare(one, one) == SAME
