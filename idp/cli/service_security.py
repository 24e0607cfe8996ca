"""Options of `idp service create|change`: a service's profile, how it authenticates, what protects its answers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from idp import strict_json
from idp.cli.output import CommandFailed, Exit
from idp.keys.encryption import Answer
from idp.services.client_certificates import MEMBERS
from idp.services.client_policies import AUTH_METHODS, ENCRYPTION_ALGS, ENCRYPTION_ENCS, POLICIES

Profile = Annotated[
    str | None, typer.Option("--profile", help=f"{', '.join(POLICIES)}: what it may and must do; see show.")
]
AuthMethod = Annotated[
    str | None, typer.Option("--auth-method", help=f"token_endpoint_auth_method: {', '.join(AUTH_METHODS)}.")
]
AuthAlg = Annotated[
    str | None, typer.Option("--auth-alg", help="The one algorithm of its assertions, for private_key_jwt.")
]
CertificateNamed = Annotated[
    str | None,
    typer.Option(
        "--certificate-name",
        help=f"The name in its certificate, for tls_client_auth: MEMBER=VALUE, of {', '.join(MEMBERS)}.",
    ),
]
JwksFile = Annotated[
    Path | None,
    typer.Option("--jwks", "--jwks-file", help="File with its public keys (a JWK set), by which it signs."),
]
JwksUri = Annotated[
    str | None, typer.Option("--jwks-uri", help="URL where it publishes its public keys; empty: nowhere any more.")
]
CertificateBound = Annotated[
    bool | None,
    typer.Option(
        "--certificate-bound-access-tokens/--no-certificate-bound-access-tokens",
        help="Bind its tokens to the certificate that it shows at the mTLS host.",
    ),
]
UserInfoAlg = Annotated[
    str | None,
    typer.Option("--userinfo-alg", help="UserInfo answers with a JWT signed so; empty: with plain JSON."),
]
Encrypt = Annotated[
    list[str] | None,
    typer.Option(
        "--encrypt",
        metavar="ANSWER=ALG[/ENC]",
        help=f"What is encrypted to its key, all of it: {', '.join(Answer)}; `none` for nothing any more. "
        f"ALG of {', '.join(ENCRYPTION_ALGS)}; ENC of {', '.join(ENCRYPTION_ENCS)}.",
    ),
]
DpopBound = Annotated[
    bool | None,
    typer.Option(
        "--dpop-bound-access-tokens/--no-dpop-bound-access-tokens",
        help="Give tokens to requests with a DPoP proof alone.",
    ),
]
IntrospectionAlg = Annotated[
    str | None,
    typer.Option("--introspection-alg", help="Of answers about its tokens, where it asks for signed ones."),
]
RequirePkce = Annotated[bool | None, typer.Option(help="Refuse requests without PKCE.")]
LegacyUntil = Annotated[
    str | None,
    typer.Option("--legacy-until", help="First day, YYYY-MM-DD in Japan, on which profile legacy is refused."),
]


def jwks_in(file: Path | None) -> dict[str, Any] | None:
    """The JWK set in a file. Raises CommandFailed for a file without a JSON object."""
    if file is None:
        return None
    try:
        members = strict_json.parse(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandFailed("--jwks names a file that cannot be read", Exit.USAGE) from error
    if not isinstance(members, dict):
        raise CommandFailed("--jwks names a file without a JWK set", Exit.USAGE)
    return members


def certificate_name_in(text: str | None) -> dict[str, str]:
    """The member of RFC 8705 that MEMBER=VALUE stands for. Raises CommandFailed."""
    if text is None:
        return {}
    member, equals, value = text.partition("=")
    if not equals or member not in MEMBERS:
        raise CommandFailed(f"--certificate-name is MEMBER=VALUE, of {', '.join(MEMBERS)}", Exit.USAGE)
    return {f"tls_client_auth_{member}": value}


def encryption_in(given: list[str] | None) -> dict[str, str] | None:
    """The members of client metadata that the options stand for; None without options. Raises CommandFailed."""
    if not given:
        return None
    members = {}
    for text in given if given != ["none"] else []:
        answer, equals, by = text.partition("=")
        alg, _, enc = by.partition("/")
        if answer not in list(Answer) or not equals:
            raise CommandFailed(f"--encrypt is ANSWER=ALG[/ENC], of {', '.join(Answer)}", Exit.USAGE)
        members[f"{answer}_encrypted_response_alg"] = alg
        members |= {f"{answer}_encrypted_response_enc": enc} if enc else {}
    return members
