"""`idp certificate show|verify`: what a certificate says, and whether it may be relied on."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.ports import CertificateKind
from idp.cli.certificate_rows import Judged, in_lines, judged_by_jpki, judged_by_store
from idp.cli.context import build, meter, tenant_of
from idp.cli.files import read_certificate
from idp.cli.moments import read_moment
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.revocation.deferral import NOTHING_FOUND_OUT
from idp.revocation.tally import Tally
from idp.tenants.tenancy import Tenant
from idp.trust import reading
from idp.trust.changes import known_purpose
from idp.trust.purposes import PURPOSES

app = typer.Typer(name="certificate", help="Certificates in files.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A certificate in PEM or DER; - is standard input.")]


@app.command("show")
def show_(file: File, as_json: AsJson = False) -> None:
    """Show everything that stands in a certificate. It may name a person: keep what is printed as the file."""
    with errors_as_exit_codes(as_json=as_json):
        try:
            said = reading.everything(read_certificate(file))
        except reading.CertificateUnreadable as error:
            raise CommandFailed(f"{file}: {error}", Exit.USAGE) from error
        if not as_json:
            lines = said.pop("extensions")
            show(said | {f"extension {number}": line for number, line in enumerate(lines, 1)}, as_json=False)
            return
        show(said, as_json=True)


@app.command()
def verify(
    file: File,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose trust; needed where there are many.")
    ] = None,
    kind: Annotated[
        CertificateKind | None, typer.Option(help="A JPKI certificate of this kind; else any.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help=f"Instead of JPKI, a store: {', '.join(PURPOSES)}.")] = None,
    intermediate: Annotated[
        list[Path] | None, typer.Option(help="A certificate that came along; repeatable.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="ISO 8601 with offset. JPKI's revocation is always as of now.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Verify a certificate. Exit code 0: valid; 1: refused; 3: revocation cannot be found out."""
    with errors_as_exit_codes(as_json=as_json):
        if purpose is not None and kind is not None:
            raise CommandFailed("give --kind or --purpose, not both", Exit.USAGE)
        if intermediate and purpose is None:
            raise CommandFailed(
                "a JPKI certificate has no intermediates: --intermediate goes with --purpose", Exit.USAGE
            )
        moment = None if at is None else read_moment(at, "--at")
        chain = [read_certificate(each) for each in (file, *(intermediate or ()))]
        product = build(data)
        judged = _judge(product, _one_tenant(product, tenant), chain, kind, purpose, moment or product.now())
        show(judged.record if as_json else in_lines(judged.record), as_json=as_json)
        if judged.reason is not None:
            unknown = judged.reason in NOTHING_FOUND_OUT
            raise typer.Exit(int(Exit.UNREACHABLE if unknown else Exit.REFUSED))


def _judge(
    product: Product,
    tenant: Tenant,
    chain: Sequence[bytes],
    kind: CertificateKind | None,
    purpose: str | None,
    at: datetime,
) -> Judged:
    if purpose is None:
        tally = Tally()
        judged = judged_by_jpki(tenant, product.revocation, chain[0], kind, at, tally)
        meter(product, tenant, tally.asked)
        return judged
    return judged_by_store(tenant, product.trust.stores, known_purpose(purpose), chain, at)


def _one_tenant(product: Product, tenant_id: str | None) -> Tenant:
    if tenant_id is not None:
        return tenant_of(product, tenant_id)
    tenants = product.directory.all()
    if len(tenants) != 1:
        raise CommandFailed("name the tenant whose trust counts with --tenant", Exit.USAGE)
    return tenants[0]
