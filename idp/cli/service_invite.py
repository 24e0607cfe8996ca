"""`idp service invite`, `idp service invitation list|withdraw`: services that register themselves."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.japan import JAPAN
from idp.oidc.clients.register import PATH
from idp.registration.terms import PROFILES, Terms
from idp.services.invitations import Invitation

app = typer.Typer(name="invitation", help="By which services register themselves.", no_args_is_help=True)
_COLUMNS = ("id", "uses_left", "expires_at", "scope", "profile", "reviewed", "note")


def invite(
    tenant: TenantId,
    scope: Annotated[str, typer.Option(help="The most that the service may have.")] = "openid",
    uses: Annotated[int, typer.Option(help="How many services may register by it.")] = 1,
    days: Annotated[int, typer.Option(help="For how many days.")] = 7,
    profile: Annotated[str, typer.Option(help=f"{' or '.join(PROFILES)}.")] = PROFILES[0],
    require_pkce: Annotated[bool, typer.Option(help="Refuse requests without PKCE.")] = True,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Whoever holds it is trusted to say what residents read.")
    ] = False,
    sector: Annotated[str | None, typer.Option(help="It joins this sector; needs a purpose.")] = None,
    sector_purpose: Annotated[str, typer.Option(help="Why the number is shared.")] = "",
    purpose_ja: Annotated[str, typer.Option(help="Why residents sign in, in Japanese.")] = "",
    purpose_en: Annotated[str, typer.Option(help="Why residents sign in, in English.")] = "",
    note: Annotated[str, typer.Option(help="For whom it is; administrators alone see that.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make an initial access token (RFC 7591); it is printed once and never again."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        terms = Terms(
            scopes=tuple(scope.split()),
            profile=profile,
            require_pkce=require_pkce,
            reviewed=reviewed,
            sector_id=sector,
            sector_purpose=sector_purpose,
            purpose_ja=purpose_ja,
            purpose_en=purpose_en,
            note=note,
        )
        made = product.service_acts.invitations.make(of, terms, uses=uses, days=days)
        record = {"id": made.invitation_id, "initial_access_token": made.text}
        record |= {"registration_endpoint": of.url(PATH), "expires_at": _moment(made.expires_at)}
        show(record, as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List invitations, the oldest first. The tokens themselves are not stored."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = product.service_acts.invitations.every(tenant_of(product, tenant))
        show([_described(invitation) for invitation in found], as_json=as_json, columns=_COLUMNS)


@app.command()
def withdraw(
    invitation: Annotated[str, typer.Argument(metavar="ID", help="The invitation's id, as `list` prints it.")],
    tenant: TenantId,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let nobody register by it any more; services that did stay."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.service_acts.invitations.withdraw(tenant_of(product, tenant), invitation)
        show({"id": invitation, "state": "withdrawn"}, as_json=as_json)


def _described(invitation: Invitation) -> dict[str, Any]:
    terms = invitation.terms.to_members()
    scope = " ".join(terms.pop("scopes"))
    ends = _moment(invitation.expires_at)
    return {
        "id": invitation.invitation_id,
        "uses_left": invitation.uses_left,
        "expires_at": ends,
        "scope": scope,
        **terms,
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(JAPAN).isoformat()
