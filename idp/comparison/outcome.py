"""What a comparison finds, and why it cannot tell more."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """SAME: nothing but the way of typing differs. DIFFERENT: no reading makes them alike."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot_tell"


class Why(StrEnum):
    """What makes two values alike for a looser reader alone, or not comparable. Values are stable and public."""

    MISSING = "missing"
    NOT_RELEASED = "not_released"
    NOT_KEPT = "not_kept"
    UNREADABLE = "unreadable"
    UNKNOWN_PART = "unknown_part"
    SUBSTITUTE_CHARACTER = "substitute_character"
    VARIATION_SELECTOR = "variation_selector"
    CHARACTER_VARIANT = "character_variant"
    COMPATIBILITY_FORM = "compatibility_form"
    LOOKALIKE = "lookalike"
    KANA_SCRIPT = "kana_script"
    SMALL_KANA = "small_kana"
    VOICED_PAIR = "voiced_pair"
    LONG_VOWEL = "long_vowel"
    ITERATION_MARK = "iteration_mark"
    DIACRITIC = "diacritic"
    LETTER_CASE = "letter_case"
    PUNCTUATION = "punctuation"
    INVISIBLE_CHARACTER = "invisible_character"
    SPACES = "spaces"
    NAME_SPLIT = "name_split"
    NAME_ORDER = "name_order"
    NAME_PART_MISSING = "name_part_missing"
    OTHER_SCRIPT = "other_script"
    FORMER_OR_COMMON_NAME = "former_or_common_name"
    LESS_DETAILED = "less_detailed"
    NUMBER_LABELS = "number_labels"
    NUMERAL_FORM = "numeral_form"
    ROOM_BOUNDARY = "room_boundary"
    PLACE_PARTICLE = "place_particle"
    SECTION_WORD = "section_word"
    POSTCODE = "postcode"
    MOVED_ABROAD = "moved_abroad"
    OLD_CALENDAR = "old_calendar"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one comparison. `because`: only of CANNOT_TELL, in a fixed order, each once."""

    outcome: Outcome
    because: tuple[Why, ...] = ()


SAME, DIFFERENT = Finding(Outcome.SAME), Finding(Outcome.DIFFERENT)


def cannot_tell(*because: Why) -> Finding:
    """The finding of who cannot tell, for these reasons."""
    return Finding(Outcome.CANNOT_TELL, tuple(why for why in Why if why in because))


def together(findings: Iterable[Finding]) -> Finding:
    """Of the parts of one value: different when one is, the same when all are."""
    found = list(findings)
    if DIFFERENT in found:
        return DIFFERENT
    because = {why for finding in found for why in finding.because}
    return cannot_tell(*because) if because else SAME
