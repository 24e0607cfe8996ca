"""Options of `idp service create|change` about a service's request objects."""

from typing import Annotated

import typer

from idp.services.client_policies import ENCRYPTION_ENCS
from idp.services.request_encryption import REQUEST_ALGS

RequestUris = Annotated[
    list[str] | None,
    typer.Option("--request-uri", help="URL where request objects of it lie (RFC 9101); many times; empty: none."),
]
RequestAlg = Annotated[
    str | None,
    typer.Option("--request-alg", help="The one algorithm of its request objects; empty: any of its profile."),
]
RequestEncryptionAlg = Annotated[
    str | None,
    typer.Option("--request-encryption-alg", help=f"How it encrypts them: {', '.join(REQUEST_ALGS)}."),
]
RequestEncryptionEnc = Annotated[
    str | None, typer.Option("--request-encryption-enc", help=f"...and by what: {', '.join(ENCRYPTION_ENCS)}.")
]
RequireRequestObject = Annotated[
    bool | None,
    typer.Option(
        "--require-signed-request-object/--no-require-signed-request-object",
        help="Refuse requests that are no signed request object.",
    ),
]


def request_uris_in(given: list[str] | None) -> tuple[str, ...] | None:
    """The values of --request-uri, of which an empty one stands for none at all; None where it is not given."""
    return tuple(filter(None, given)) if given else None
