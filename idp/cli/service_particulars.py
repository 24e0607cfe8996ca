"""Options of `idp service create|change` about what a service says of itself, and asks of every login."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from idp import strict_json
from idp.cli.output import CommandFailed, Exit

DefaultMaxAge = Annotated[
    int | None, typer.Option(help="Seconds since the proof that a request without max_age asks for.")
]
RequireAuthTime = Annotated[bool | None, typer.Option(help="Every ID token says when the proof was made.")]
RequireSignatureStatus = Annotated[
    bool | None,
    typer.Option(help="No login with jpki_status while nobody can tell how the signature certificate stands."),
]
ClientUri = Annotated[str | None, typer.Option(help="https page about the service; residents may follow it.")]
PolicyUri = Annotated[str | None, typer.Option(help="https page: how the service handles data of residents.")]
TosUri = Annotated[str | None, typer.Option(help="https page: terms of the service.")]
Contacts = Annotated[
    list[str] | None, typer.Option("--contact", help="How its people are reached; administrators alone see that.")
]
AgentKinds = Annotated[
    list[str] | None,
    typer.Option(
        "--agent",
        help="Agents who may sign in there: statutory (parents, guardians), voluntary; none for nobody.",
    ),
]
ClaimTerms = Annotated[
    Path | None,
    typer.Option(
        "--claim-terms",
        help="TOML or JSON file: for each item why it is asked for, by which law, how long it is kept.",
    ),
]
AttributeSources = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute-source",
        help="Takes items of a person from this source alone: self (the resident's own reading of the card), "
        "terminal, signature, latest; given many times for several, `any` for whichever is asked for.",
    ),
]


def attribute_sources_in(named: list[str] | None) -> tuple[str, ...] | None:
    """The sources; None where none are named, empty for `any`."""
    return None if not named else () if named == ["any"] else tuple(named)


def claim_terms_in(file: Path | None) -> dict[str, Any] | None:
    """What a file states about items. Raises CommandFailed for one that is neither TOML nor JSON."""
    if file is None:
        return None
    try:
        content = file.read_bytes()
        return tomllib.loads(content.decode()) if file.suffix == ".toml" else _object(strict_json.parse(content))
    except (OSError, ValueError) as error:
        raise CommandFailed("--claim-terms names a file that is neither TOML nor JSON", Exit.USAGE) from error


def agent_kinds_in(given: list[str] | None) -> tuple[str, ...] | None:
    """The kinds of agents that are meant; None where nothing is said of them, empty for nobody."""
    if not given:
        return None
    return () if given == ["none"] else tuple(given)


def _object(read: object) -> dict[str, Any]:
    if not isinstance(read, dict):
        raise ValueError("no object")  # noqa: TRY004 - wrong text, as json.loads says it
    return read
