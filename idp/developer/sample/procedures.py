"""What people apply for at a sample service, and what the pages about it have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from authlib.common.security import generate_token

ANONYMOUS, SIGNATURE, COMBINED = "anonymous", "signature", "combined"
"""Ways in which people show who they are; in the last two they sign what they apply for."""
SIGNED = (SIGNATURE, COMBINED)
LONGEST_TEXT = 2000

Page = Callable[..., str]
"""Writes a page: the name of its template, and what it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A procedure as it was registered. `names` by language."""

    procedure_id: str
    way: str
    names: Mapping[str, str]


def of(procedures: Sequence[Procedure], procedure_id: str, *ways: str) -> Procedure | None:
    """The procedure of that id, if it is of one of these ways."""
    return next((one for one in procedures if one.procedure_id == procedure_id and one.way in ways), None)


def new_id() -> str:
    """A name that nobody guesses."""
    return str(generate_token(32))
