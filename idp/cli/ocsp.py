"""`idp ocsp check|front`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.ports import CertificateKind
from idp import compose
from idp.cli.context import build, meter, service_of, tenant_of, token_bytes
from idp.cli.ocsp_rows import COLUMNS, PROVEN, State, status_row
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.cli.serials import read_der, read_serial
from idp.compose import Product
from idp.errors import Refusal
from idp.jpki import certificate as certificates
from idp.jpki import trust
from idp.jpki.revocation import Method
from idp.jpki.trust import Anchor
from idp.revocation.tally import Asked

app = typer.Typer(name="ocsp", help="OCSP: responders asked, and an own one for others.", no_args_is_help=True)


@app.command()
def check(
    certificate: Annotated[Path | None, typer.Argument(help="A certificate in DER or PEM.")] = None,
    serial: Annotated[
        str | None, typer.Option(help="Its serial number alone: decimal, 0x hexadecimal, or aa:bb:cc.")
    ] = None,
    kind: Annotated[
        CertificateKind | None, typer.Option(help="Which authority issued that serial number.")
    ] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose trust anchors; else all tenants'.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask every configured responder now; nothing remembered is used and nothing is remembered.

    A serial number alone is asked of every generation of its authority. Exit code 0: good; 1: revoked, unknown, or
    an answer that proves nothing; 3: no answer at all.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        subjects = _subjects(_anchors(product, tenant), certificate, serial, kind)
        sources = compose.status_sources(product.settings)
        if not sources:
            raise CommandFailed("neither IDP_OCSP_URL nor IDP_VA_URL is set: there is nobody to ask", Exit.USAGE)
        rows = [
            status_row(source, anchor, number, nonce=token_bytes(32), now=product.now)
            for source in sources
            for anchor, number in subjects
        ]
        for tenant_id, asked in _charged(product, tenant, subjects, rows).items():
            meter(product, tenant_of(product, tenant_id), asked)
        show(rows, as_json=as_json, columns=COLUMNS)
        raise typer.Exit(int(_verdict([State(row["status"]) for row in rows])))


@app.command()
def front(
    service_id: Annotated[str, typer.Argument(help="The service whose system asks.")],
    tenant: TenantId,
    close: Annotated[bool, typer.Option("--close", help="Take the front away.")] = False,
    new_responder: Annotated[
        bool,
        typer.Option("--new-responder", help="Sign for all fronts of the tenant by a new key and certificate."),
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Open an OCSP responder of our own for a service's system, at a new URL; an earlier one of the service ends.

    The URL is a secret, printed once. The certificate is what that system must trust for OCSP answers.
    """
    with errors_as_exit_codes(as_json=as_json):
        if close and new_responder:
            raise CommandFailed("--close and --new-responder do not go together", Exit.USAGE)
        product = build(data)
        of = tenant_of(product, tenant)
        client = service_of(of, service_id)
        if close:
            product.fronts.close(of, client)
            show({"service": service_id, "state": "closed"}, as_json=as_json)
            return
        opened = product.fronts.open(of, client, new_key=new_responder)
        show(
            {"service": service_id, "state": "open", "url": opened.url, "certificate": opened.certificate},
            as_json=as_json,
        )


def _charged(
    product: Product, tenant_id: str | None, subjects: list[tuple[Anchor, int]], rows: list[dict[str, Any]]
) -> dict[str, list[Asked]]:
    """What is counted for which tenant: the one named, or the first that trusts the issuer."""
    kinds = {anchor.key_id.hex(): anchor.kind for anchor, _ in subjects}
    found: dict[str, list[Asked]] = {}
    for row in rows:
        key_id, state = row["issuer_key_id"], State(row["status"])
        trusting = [t.tenant_id for t in product.directory.all() if key_id in {a.key_id.hex() for a in t.anchors}]
        asked = Asked(kinds[key_id], Method(row["method"]), remembered=False, answered=state in PROVEN)
        found.setdefault(tenant_id or trusting[0], []).append(asked)
    return found


def _verdict(states: list[State]) -> Exit:
    """Of all that was said: a no stands, then a good, whatever else nobody knew; silence is the least."""
    if State.REVOKED in states:
        return Exit.REFUSED
    if State.GOOD in states:
        return Exit.OK
    return Exit.UNREACHABLE if set(states) == {State.UNREACHABLE} else Exit.REFUSED


def _anchors(product: Product, tenant_id: str | None) -> list[Anchor]:
    """The anchors of that tenant, or of all, each once."""
    return compose.anchors_of(product.directory.all() if tenant_id is None else [tenant_of(product, tenant_id)])


def _subjects(
    anchors: list[Anchor], file: Path | None, serial: str | None, kind: CertificateKind | None
) -> list[tuple[Anchor, int]]:
    """The issuing anchor and serial number of a certificate; of a serial number alone, one for each generation."""
    if (file is None) == (serial is None) or (serial is None) != (kind is None):
        raise CommandFailed("give the file of a certificate, or --serial and --kind", Exit.USAGE)
    if file is not None:
        return [_issued(file, anchors)]
    number = read_serial(serial or "")
    subjects = [(anchor, number) for anchor in anchors if anchor.kind is kind]
    if not subjects:
        raise CommandFailed("there is no trust anchor of that kind", Exit.REFUSED)
    return subjects


def _issued(file: Path, anchors: list[Anchor]) -> tuple[Anchor, int]:
    try:
        unverified = certificates.parse(read_der(file))
        return trust.choose_issuer(unverified, anchors), unverified.certificate.serial_number
    except Refusal as refusal:
        raise CommandFailed(f"the certificate is refused: {refusal}", Exit.REFUSED) from refusal
