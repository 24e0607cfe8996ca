"""`idp anchor add|list|remove|policy`: what a tenant trusts, changed by two officers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.ports import CertificateKind
from idp.cli.approve import show_proposed
from idp.cli.context import build, tenant_of
from idp.cli.files import read_certificate
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.store import trust as rows
from idp.tenants.tenancy import Tenant
from idp.trust import reading
from idp.trust.anchors import der_of_anchor
from idp.trust.changes import known_purpose
from idp.trust.purposes import PURPOSES, PolicyRefused, Required, from_values, values_of

app = typer.Typer(name="anchor", help="Trust anchors and intermediates.", no_args_is_help=True)
_COLUMNS = ("for", "role", "subject", "not_after", "sha256")
Kind = Annotated[CertificateKind | None, typer.Option(help="A JPKI authority of these certificates.")]
Purpose = Annotated[str | None, typer.Option(help=f"{', '.join(PURPOSES)}.")]
AnOid = list[str] | None


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="The certificate in PEM or DER; - is standard input.")],
    tenant: TenantId,
    kind: Kind = None,
    purpose: Purpose = None,
    intermediate: Annotated[
        bool, typer.Option("--intermediate", help="No anchor: an authority below one, or a cross-certificate.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose a certificate; officers give its fingerprint to `idp approve`. A sandbox tenant loads it at once."""
    with errors_as_exit_codes(as_json=as_json):
        der = read_certificate(file)
        product = build(data)
        of = tenant_of(product, tenant)
        if kind is not None and purpose is None and not intermediate:
            show_proposed(product.trust.anchors.add(of, kind, der), as_json=as_json)
        elif purpose is not None and kind is None:
            role = rows.INTERMEDIATE if intermediate else rows.ANCHOR
            show_proposed(product.trust.changes.add(of, purpose, role, der), as_json=as_json)
        else:
            raise CommandFailed("give --kind, or --purpose with or without --intermediate", Exit.USAGE)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List what the tenant trusts, of JPKI and of every purpose."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        listed = [*_jpki(of), *(_row(row) for row in product.trust.changes.certificates(of))]
        show(listed, as_json=as_json, columns=_COLUMNS)


@app.command()
def remove(
    fingerprint: Annotated[str, typer.Argument(help="SHA-256 of the certificate, as `list` shows it.")],
    tenant: TenantId,
    purpose: Purpose = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a certificate be trusted no more. Without --purpose it is a JPKI anchor's."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        wanted = reading.plain_fingerprint(fingerprint)
        for found in _loaded(product, of, purpose):
            if wanted == reading.plain_fingerprint(reading.fingerprint(found[0])):
                show_proposed(found[1](), as_json=as_json)
                return
        raise CommandFailed("no certificate of that fingerprint is loaded", Exit.REFUSED)


@app.command()
def policy(
    purpose: Annotated[str, typer.Argument(help=f"{', '.join(PURPOSES)}.")],
    tenant: TenantId,
    user_policy: Annotated[AnOid, typer.Option(help="OID of an accepted certificate policy; repeatable.")] = None,
    extended_key_usage: Annotated[AnOid, typer.Option(help="OID that the leaf must have; repeatable.")] = None,
    responder: Annotated[AnOid, typer.Option(help="URL of an OCSP responder; repeatable.")] = None,
    revocation: Annotated[Required | None, typer.Option(help="The evidence that every tier needs.")] = None,
    max_depth: Annotated[int | None, typer.Option(help="Authorities between anchor and leaf.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show what a purpose demands, or propose that it demand something else; what is not given stays."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        now = values_of(product.trust.stores.content(of, known_purpose(purpose)).policy)
        given = {
            "user_policies": user_policy or None,
            "extended_key_usages": extended_key_usage or None,
            "responders": responder or None,
            "revocation": revocation,
            "max_depth": max_depth,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        if not changed:
            show({"purpose": purpose, **now}, as_json=as_json)
            return
        try:
            wanted = from_values(purpose, now | changed)
        except PolicyRefused as error:
            raise CommandFailed(str(error), Exit.USAGE) from error
        show_proposed(product.trust.changes.state(of, purpose, wanted), as_json=as_json)


def _loaded(product: Product, tenant: Tenant, purpose: str | None) -> Iterator[tuple[bytes, Any]]:
    """Certificates with the wish to remove each."""
    trust = product.trust
    if purpose is None:
        for anchor in tenant.anchors:
            yield der_of_anchor(anchor), lambda anchor=anchor: trust.anchors.remove(tenant, anchor)
        return
    for row in trust.changes.certificates(tenant):
        if row.purpose == purpose:
            yield row.der, lambda row=row: trust.changes.remove(tenant, row)


def _jpki(tenant: Tenant) -> Iterator[dict[str, str]]:
    for anchor in tenant.anchors:
        yield {"for": f"JPKI {anchor.kind}", "role": rows.ANCHOR, **reading.essentials(der_of_anchor(anchor))}


def _row(row: rows.CertificateRow) -> dict[str, str]:
    return {"for": row.purpose, "role": row.role, **reading.essentials(row.der)}
