"""`idp tenant create|list|show|settings|front-pages`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.cli import front
from idp.cli.context import build, tenant_of
from idp.cli.office import (
    OfficeBring,
    OfficeDesk,
    OfficeHours,
    OfficeLanguage,
    OfficeLost,
    OfficePaper,
    OfficeTelephone,
    office_lines,
)
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.policy import (
    VERIFY_WITHIN,
    Default,
    DeferUntil,
    EvidenceMaxAge,
    RevocationOrder,
    VerifyWithin,
    stated,
)
from idp.custody.signing_ring import ring_of
from idp.registration import NewTenant
from idp.revocation.policy import read_policy, write_policy
from idp.tenants.municipalities import TableRefused, read_table
from idp.tenants.sign_in_methods import (
    COMPANY_CERTIFICATE,
    COMPANY_PASSWORD,
    KAZASHI,
    PASSKEY,
    PASSWORD,
    PASSWORD_BY_LETTER,
    PASSWORD_ONLINE,
    STAFF_PASSKEY,
    STAFF_PASSWORD,
)
from idp.tenants.tenancy import Tenant
from idp.tenants.tenant_settings import OFFICE_LANGUAGE, OWN_PAGES, TenantSettings, said

app = typer.Typer(name="tenant", help="Municipalities.", no_args_is_help=True)
app.command("front-pages")(front.write)
_COLUMNS = ("id", "issuer", "name", "sandbox", "services")


@app.command()
def create(
    tenant_id: Annotated[str, typer.Argument(help="1 to 64 characters of a-z, 0-9 and hyphen; never changes.")],
    issuer: Annotated[str, typer.Option(help="Canonical https URL without trailing slash; never changes.")],
    name_ja: Annotated[str, typer.Option(help="Name in Japanese.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")],
    crest: Annotated[str, typer.Option(help="One to four characters, shown as the crest.")],
    colour: Annotated[str, typer.Option(help="Key colour, #rrggbb.")] = "#0017c1",
    contact: Annotated[str, typer.Option(help="One line: office and telephone, for residents.")] = "",
    sandbox: Annotated[bool, typer.Option(help="Test certificates are accepted here, and no others.")] = False,
    ceremony: Annotated[
        bool, typer.Option(help="Its PPID key comes from a ceremony: until then nobody gets a number.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Create a tenant with its keys."""
    with errors_as_exit_codes(as_json=as_json):
        created = build(data).administration.create_tenant(
            NewTenant(
                tenant_id=tenant_id,
                issuer=issuer,
                name_ja=name_ja,
                name_en=name_en,
                crest=crest,
                key_colour=colour,
                contact=contact,
                sandbox=sandbox,
                ceremony=ceremony,
            )
        )
        show(describe(created), as_json=as_json)


@app.command("list")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """List active tenants."""
    with errors_as_exit_codes(as_json=as_json):
        show([describe(tenant) for tenant in build(data).directory.all()], as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(tenant_id: str, data: Data = None, as_json: AsJson = False) -> None:
    """Show one tenant: issuer, services, keys and trust anchors."""
    with errors_as_exit_codes(as_json=as_json):
        tenant = tenant_of(build(data), tenant_id)
        keys = [f"{key.kid} ({key.state})" for key in ring_of(tenant)]
        anchors = [f"{anchor.kind}:{anchor.key_id.hex()}" for anchor in tenant.anchors]
        record = describe(tenant) | {"signing_keys": keys, "trust_anchors": anchors}
        show(record | {"ppid_key_version": tenant.ppid_key_version}, as_json=as_json)


@app.command()
def settings(
    tenant_id: str,
    revocation: RevocationOrder = None,
    evidence_max_age: EvidenceMaxAge = None,
    defer_until: DeferUntil = None,
    verify_within: VerifyWithin = VERIFY_WITHIN,
    default: Default = None,
    public_body: Annotated[
        bool | None, typer.Option(help="A public body as verifier pays no fee per check.")
    ] = None,
    kazashi: Annotated[
        bool | None, typer.Option(help="A card may be held over a counter terminal's reader, without PIN.")
    ] = None,
    passwords: Annotated[
        bool | None, typer.Option(help="Residents may sign in with an ID and a password: idp password.")
    ] = None,
    passwords_online: Annotated[
        bool | None,
        typer.Option(help="Anybody may make an ID, for services that name password-online."),
    ] = None,
    passwords_by_letter: Annotated[
        bool | None, typer.Option(help="IDs may be asked for on line: idp password requests.")
    ] = None,
    company_passwords: Annotated[
        bool | None, typer.Option(help="People may sign in for their company with an ID: idp company.")
    ] = None,
    company_certificates: Annotated[
        bool | None, typer.Option(help="...and companies with a certificate that names them: idp anchor.")
    ] = None,
    staff_passwords: Annotated[
        bool | None, typer.Option(help="The municipality's own staff may sign in with an ID: idp staff.")
    ] = None,
    staff_passkeys: Annotated[
        bool | None,
        typer.Option(help="...or with a passkey that they bound by their paper."),
    ] = None,
    passkeys: Annotated[
        bool | None, typer.Option(help="Residents may sign in with a passkey that they bound with their card.")
    ] = None,
    card_host: Annotated[
        str | None, typer.Option(help="https origin that asks browsers for the card's certificate; empty: none.")
    ] = None,
    mtls_host: Annotated[
        str | None, typer.Option(help="https origin that asks services for their certificates; empty: none.")
    ] = None,
    single_sign_on_everywhere: Annotated[
        bool | None,
        typer.Option(
            help="A login goes on in every sector, not in its own alone: services may then guess by the times of "
            "logins who is one person, and residents are told so."
        ),
    ] = None,
    signing_key_days: Annotated[
        int | None,
        typer.Option("--signing-days", help="How old a key that signs tokens becomes; 0: as everywhere here."),
    ] = None,
    signing_key_kept_days: Annotated[
        int | None,
        typer.Option("--signing-kept-days", help="How long a retired one stays published; 0: as everywhere here."),
    ] = None,
    disable_grace_days: Annotated[
        int | None,
        typer.Option(
            help="How long after a resident's last certificate was revoked services are told that the account is "
            "disabled, unless a new one is linked to it by then."
        ),
    ] = None,
    sign_in_months: Annotated[
        int | None,
        typer.Option(help="For how many months residents see when they signed in where; 0: that is not kept."),
    ] = None,
    self_registration: Annotated[
        bool | None, typer.Option(help="Services that hold an invitation register themselves: idp service invite.")
    ] = None,
    policy_uri: Annotated[
        str | None, typer.Option(help="https page: how data of residents are handled; empty: ours.")
    ] = None,
    tos_uri: Annotated[str | None, typer.Option(help="https page: terms for services; empty: ours.")] = None,
    documentation_uri: Annotated[
        str | None, typer.Option(help="https page for those who connect services; empty: ours.")
    ] = None,
    released_seconds: Annotated[
        int | None,
        typer.Option(help="How long what residents hand over is kept for services to fetch; 0: never stored."),
    ] = None,
    municipalities: Annotated[
        Path | None,
        typer.Option(help="CSV of code,beginning of an address: by it a resident's municipality is told."),
    ] = None,
    office_desk: OfficeDesk = None,
    office_telephone: OfficeTelephone = None,
    office_hours: OfficeHours = None,
    office_bring: OfficeBring = None,
    office_paper: OfficePaper = None,
    office_lost: OfficeLost = None,
    office_language: OfficeLanguage = OFFICE_LANGUAGE,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Change what holds for all services that state nothing of their own, or show it."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        tenant = tenant_of(product, tenant_id)
        members = stated(
            revocation, evidence_max_age, defer_until=defer_until, verify_within=verify_within, default=default
        )
        found = tenant.settings
        wanted = {
            KAZASHI: kazashi,
            PASSWORD: passwords,
            PASSWORD_ONLINE: passwords_online,
            PASSWORD_BY_LETTER: passwords_by_letter,
            COMPANY_PASSWORD: company_passwords,
            COMPANY_CERTIFICATE: company_certificates,
            STAFF_PASSWORD: staff_passwords,
            STAFF_PASSKEY: staff_passkeys,
            PASSKEY: passkeys,
        }
        methods = _switched(found, wanted)
        offices = office_lines(
            office_language,
            desk=office_desk,
            telephone=office_telephone,
            hours=office_hours,
            bring=office_bring,
            paper=office_paper,
            lost=office_lost,
        )
        days = (signing_key_days, signing_key_kept_days)
        named = zip(OWN_PAGES, (policy_uri, tos_uri, documentation_uri), strict=True)
        own_pages = {name: url for name, url in named if url is not None}
        wishes = (public_body, methods, card_host, mtls_host, single_sign_on_everywhere, disable_grace_days, *days)
        table = None if municipalities is None else _table_in(municipalities)
        wished = any(
            wish is not None for wish in (*wishes, self_registration, released_seconds, table, sign_in_months)
        )
        if members or offices or own_pages or wished:
            found = product.policies.change_tenant(
                tenant,
                revocation=members,
                public_body=public_body,
                methods=methods,
                offices=offices,
                card_host=card_host,
                mtls_host=mtls_host,
                single_sign_on_everywhere=single_sign_on_everywhere,
                signing_key_days=signing_key_days,
                signing_key_kept_days=signing_key_kept_days,
                disable_grace_days=disable_grace_days,
                self_registration=self_registration,
                sign_in_months=sign_in_months,
                own_pages=own_pages,
                released_seconds=released_seconds,
                municipalities=table,
            )
        show(describe_settings(found), as_json=as_json)


def _switched(settings: TenantSettings, wishes: Mapping[str, bool | None]) -> list[str] | None:
    """All ways that are switched on from now on, None where nothing was said of any."""
    if all(wish is None for wish in wishes.values()):
        return None
    return [method for method, wish in wishes.items() if (method in settings.methods if wish is None else wish)]


def describe_settings(settings: TenantSettings) -> dict[str, Any]:
    """A tenant's settings as commands print them."""
    return {
        "revocation": write_policy(read_policy(settings.revocation)),
        "public_body": settings.public_body,
        "methods": list(settings.methods),
        "offices": {language: said(office) for language, office in settings.offices.items()},
        "card_host": settings.card_host,
        "mtls_host": settings.mtls_host,
        "single_sign_on_everywhere": settings.single_sign_on_everywhere,
        "signing_key_days": settings.signing_key_days,
        "signing_key_kept_days": settings.signing_key_kept_days,
        "disable_grace_days": settings.disable_grace_days,
        "self_registration": settings.self_registration,
        "released_seconds": settings.released_seconds,
        "municipalities": len(settings.municipalities),
        "sign_in_months": settings.sign_in_months,
        **{name: getattr(settings, name) for name in OWN_PAGES},
    }


def _table_in(file: Path) -> dict[str, str]:
    """The table of municipalities in a file. Raises CommandFailed, naming the line."""
    try:
        return read_table(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed("--municipalities names a file that cannot be read", Exit.USAGE) from error
    except TableRefused as refused:
        raise CommandFailed(f"--municipalities: {refused}", Exit.USAGE) from refused


def describe(tenant: Tenant) -> dict[str, Any]:
    """A tenant as commands print it."""
    return {
        "id": tenant.tenant_id,
        "issuer": tenant.issuer,
        "name": tenant.name("ja"),
        "sandbox": tenant.sandbox,
        "services": [client.service_id for client in tenant.clients.values()],
    }
