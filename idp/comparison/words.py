"""A finding in words, Japanese and English: the same ones for every value, which they never repeat."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from idp.comparison.outcome import Finding

LANGUAGES = ("ja", "en")


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """Outcome or reason -> language -> sentence."""
    read: dict[str, dict[str, str]] = json.loads(
        files("idp.comparison").joinpath("words.json").read_text(encoding="utf-8")
    )
    return read


def explanation(finding: Finding) -> dict[str, str]:
    """The finding's sentences by language."""
    said = finding.because or (finding.outcome,)
    joints = {"ja": "", "en": " "}
    return {language: joints[language].join(phrases()[one][language] for one in said) for language in LANGUAGES}
