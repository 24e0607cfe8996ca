"""The accessibility statement: what machines checked on which pages, and what nobody has checked.

The figures are those of the test run that wrote `accessibility.json`: `IDP_SCALE=full pytest
tests/browser/test_every_state.py` leaves a new one in tests/artefacts, to be copied here. Criteria are those of
JIS X 8341-3:2016, levels A and AA, which are WCAG 2.0's by the same numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

CRITERIA: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        (
            *("1.1.1", "1.2.1", "1.2.2", "1.2.3", "1.3.1", "1.3.2", "1.3.3", "1.4.1", "1.4.2"),
            *("2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3.1", "2.4.1", "2.4.2", "2.4.3", "2.4.4"),
            *("3.1.1", "3.2.1", "3.2.2", "3.3.1", "3.3.2", "4.1.1", "4.1.2"),
        ),
        "A",
    )
    | dict.fromkeys(
        (
            *("1.2.4", "1.2.5", "1.4.3", "1.4.4", "1.4.5", "2.4.5", "2.4.6", "2.4.7"),
            *("3.1.2", "3.2.3", "3.2.4", "3.3.3", "3.3.4"),
        ),
        "AA",
    )
)
"""Number of each criterion to its level."""

Criteria = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement. `figures` fill in the texts; `machine` and `nobody` are (number, level), by number."""

    figures: Mapping[str, object]
    machine: Criteria
    nobody: Criteria


def load() -> Statement:
    """Read the results that this package holds."""
    return statement(json.loads(files("idp.pages").joinpath("accessibility.json").read_text(encoding="utf-8")))


def statement(results: Mapping[str, object]) -> Statement:
    """The statement of a run's results (`figures`, `checked`: numbers of criteria)."""
    figures, checked = results["figures"], results["checked"]
    if not isinstance(figures, dict) or not isinstance(checked, list):
        raise ValueError("not the results of a run")  # noqa: TRY004 - wrong stored text
    ordered = sorted(CRITERIA.items(), key=lambda entry: [int(part) for part in entry[0].split(".")])
    return Statement(
        figures=MappingProxyType(figures),
        machine=tuple(entry for entry in ordered if entry[0] in checked),
        nobody=tuple(entry for entry in ordered if entry[0] not in checked),
    )
