"""Options of `idp service create|change` about what a service says of itself, and asks of every login."""

from typing import Annotated

import typer

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
