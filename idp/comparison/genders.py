"""Gender, where somebody may ask for it: of four codes only man and woman say something."""

from idp.comparison.characters import typed
from idp.comparison.outcome import DIFFERENT, SAME, Finding, Why, cannot_tell

_MALE, _FEMALE = "male", "female"
_SAID = {
    **dict.fromkeys(("1", "男", "男性", "M", "MALE"), _MALE),
    **dict.fromkeys(("2", "女", "女性", "F", "FEMALE"), _FEMALE),
}


def compare(left: str, right: str) -> Finding:
    """Compare two genders: the card's digit, the claim's word, or the form's character."""
    if not typed(left) or not typed(right):
        return cannot_tell(Why.MISSING)
    one, other = (_SAID.get(typed(text).upper()) for text in (left, right))
    if one is None or other is None:
        return cannot_tell(Why.UNKNOWN_PART)
    return SAME if one == other else DIFFERENT
