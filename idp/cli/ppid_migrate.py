"""`idp ppid migrate`: planned changes of the numbers by which services know people.

How to go about it: `deploy/runbooks/migration.md`.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.files import read_file
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show, tell
from idp.compose import Product
from idp.continuity.mapping_key import read_key
from idp.continuity.migrations import Progress, as_record
from idp.continuity.plan import Plan, Reason, affected
from idp.continuity.record import UNDER_WAY
from idp.tenants.tenancy import WINDOW_DAYS, Tenant

app = typer.Typer(
    name="migrate",
    help="Change numbers: a key version is compromised, a service moves to another sector, or tenants merge.",
    no_args_is_help=True,
)
_LOOK_SECONDS = 2
_KEY_FILE_BYTES = 64 * 1024
_PRIVATE = 0o600
_SERVICES = ("service", "moved", "received", "left", "window_ends", "mapping_file")
_LIST = ("migration", "reason", "state", "changed")
MigrationId = Annotated[str, typer.Argument(help="The migration's id, as `status` prints it.")]
Why = Annotated[Reason, typer.Option("--reason", help="compromise, sector, merger, or release (for a merger).")]
KeyVersion = Annotated[int, typer.Option(help="compromise: the version that is no longer trusted.")]
Sectors = Annotated[list[str] | None, typer.Option("--sector", help="compromise: a sector; all if left out.")]
ServiceId = Annotated[str, typer.Option("--service", help="sector, merger, release: the service.")]
ToSector = Annotated[str, typer.Option(help="sector: where the service moves to.")]
SectorPurpose = Annotated[str, typer.Option(help="sector: why that sector is shared, if it is.")]
OtherTenant = Annotated[
    str,
    typer.Option(
        help="merger: who gives the residents; release: who takes them; "
        "compromise: whose key it is, if it is not the tenant's own."
    ),
]
OtherService = Annotated[str, typer.Option(help="merger, release: the service there.")]
WindowDays = Annotated[int, typer.Option(help="How long services hear the old numbers beside the new ones.")]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="SERVICE=FILE: the public key (PEM or JWK) for that service's mapping file."),
]


Act = Callable[[Product, Tenant, Plan], dict[str, Any]]


def _of_a_plan(act: Act) -> Act:
    """Make it a command of its own name, with the options of which a plan is made."""

    def command(
        tenant: TenantId,
        reason: Why,
        key_version: KeyVersion = 0,
        sector: Sectors = None,
        service: ServiceId = "",
        to_sector: ToSector = "",
        sector_purpose: SectorPurpose = "",
        other_tenant: OtherTenant = "",
        other_service: OtherService = "",
        window_days: WindowDays = WINDOW_DAYS,
        key: Keys = None,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        with errors_as_exit_codes(as_json=as_json):
            product = build(data)
            of = tenant_of(product, tenant)
            wish = _Wish(
                reason, key_version, sector or (), service, to_sector, sector_purpose, other_tenant, other_service
            )
            show(act(product, of, wish.plan(product, of, window_days, key)), as_json=as_json)

    app.command(act.__name__, help=act.__doc__)(command)
    return act


@_of_a_plan
def plan(product: Product, of: Tenant, planned: Plan) -> dict[str, Any]:
    """Dry run: how many residents of which service would have another number. Nothing is written."""
    counted, services = product.migrations.counted(of, planned)
    carried = product.migrations.user_numbers(of, planned)
    return _counted(of, counted, services) | ({} if carried is None else {"user_numbers": asdict(carried)})


@_of_a_plan
def start(product: Product, of: Tenant, planned: Plan) -> dict[str, Any]:
    """Ask two officers to approve it; with the second approval it begins (`idp approve ID`)."""
    proposal = product.migrations.propose(of, planned)
    return {"proposal": proposal.proposal_id, "asks_for": proposal.summary}


@app.command()
def status(
    tenant: TenantId,
    migration: Annotated[str, typer.Argument(help="One migration; all if left out.")] = "",
    follow: Annotated[bool, typer.Option("--follow", help="Tell how far it is until workers are done.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How far migrations are, and each service of one."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        if not migration:
            found = [as_record(one) for one in product.migrations.all_of(of)]
            show(found, as_json=as_json, columns=_LIST)
            return
        one, services = product.migrations.status(of, migration)
        while follow and one.state in UNDER_WAY:
            tell(f"{one.state}, numbers changed", one.moved, max(one.plan.numbers, one.moved))
            time.sleep(_LOOK_SECONDS)
            one, services = product.migrations.status(of, migration)
        rows = [_progress(of, progress) for progress in services]
        if as_json:
            show(as_record(one) | {"progress": rows}, as_json=True)
            return
        show(as_record(one), as_json=False)
        show(rows, as_json=False, columns=_SERVICES)


@app.command()
def abort(migration: MigrationId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Go back for everybody whose new number no service has received; the others stay; `status` counts them."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        state = product.migrations.abort(tenant_of(product, tenant), migration)
        show({"migration": migration, "state": str(state)}, as_json=as_json)


@app.command()
def resume(migration: MigrationId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Go on with a migration whose job was given up; a worker that was killed needs no command."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        state = product.migrations.resume(tenant_of(product, tenant), migration)
        show({"migration": migration, "state": str(state)}, as_json=as_json)


@app.command()
def finish(
    migration: MigrationId,
    tenant: TenantId,
    early: Annotated[bool, typer.Option("--early", help="Before the windows end.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Close the windows, and forget which old number has become which new one."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.migrations.finish(tenant_of(product, tenant), migration, early=early)
        show({"migration": migration, "state": "finished"}, as_json=as_json)


@app.command()
def mapping(
    migration: MigrationId,
    tenant: TenantId,
    service: Annotated[str, typer.Option("--service", help="The service whose file it is.")],
    out: Annotated[Path, typer.Option("--out", help="The file to be written; it must not exist.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write the old and new numbers of one service, encrypted to its own key; nobody else can read them."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        try:
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        except OSError as error:
            raise CommandFailed(f"{out} cannot be written: {error.strerror}", Exit.USAGE) from error
        written = 0
        try:
            with os.fdopen(descriptor, "wb") as file:
                for line in product.mapping_files.lines(of, migration, service_of(of, service)):
                    file.write(line)
                    written += 1
        except BaseException:
            out.unlink(missing_ok=True)  # half a file is none
            raise
        show({"file": str(out), "lines": written}, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for on the command line."""

    reason: Reason
    key_version: int
    sectors: Sequence[str]
    service: str
    to_sector: str
    sector_purpose: str
    other_tenant: str
    other_service: str

    def plan(self, product: Product, of: Tenant, window_days: int, keys: list[str] | None) -> Plan:
        """The plan. Raises CommandFailed, and NotAllowed for a key that is none."""
        if self.reason is Reason.COMPROMISE:
            sectors = tuple(self.sectors) or tuple(sorted(of.sectors))
            return Plan(
                reason=self.reason,
                services=_with_keys(of, [client.client_id for client in affected(of, sectors)], keys),
                window_days=window_days,
                sectors=sectors,
                from_version=self.key_version,
                to_version=of.ppid_key_version,
                other_tenant=tenant_of(product, self.other_tenant).tenant_id if self.other_tenant else "",
            )
        client = service_of(of, self.service)
        services = _with_keys(of, [client.client_id], keys)
        if self.reason is Reason.SECTOR:
            return Plan(
                reason=self.reason,
                services=services,
                window_days=window_days,
                sectors=(client.sector_id,),
                to_sector=self.to_sector,
                sector_purpose=self.sector_purpose,
            )
        other = service_of(tenant_of(product, self.other_tenant), self.other_service)
        return Plan(
            reason=self.reason,
            services=services,
            window_days=window_days,
            other_tenant=self.other_tenant,
            other_client=other.client_id,
        )


def _with_keys(of: Tenant, clients: list[str], keys: list[str] | None) -> dict[str, dict[str, str] | None]:
    """The services by client id, each with its key. Raises CommandFailed, NotAllowed for a key that is none."""
    found: dict[str, dict[str, str] | None] = dict.fromkeys(clients)
    for pair in keys or ():
        service, equals, file = pair.partition("=")
        client_id = service_of(of, service).client_id if equals else ""
        if client_id not in found:
            raise CommandFailed("--key is SERVICE=FILE, of a service whose numbers change", Exit.USAGE)
        found[client_id] = read_key(read_file(Path(file), max_bytes=_KEY_FILE_BYTES))
    return found


def _counted(of: Tenant, counted: Plan, services: Mapping[str, int]) -> dict[str, Any]:
    return {
        "reason": str(counted.reason),
        "numbers": counted.numbers,
        "services": {of.clients[client_id].service_id: count for client_id, count in services.items()},
        "without_mapping_file": sorted(
            of.clients[client_id].service_id for client_id, key in counted.services.items() if key is None
        ),
        "window_days": counted.window_days,
    }


def _progress(of: Tenant, progress: Progress) -> dict[str, Any]:
    return {
        "service": of.clients[progress.client_id].service_id,
        "moved": progress.moved,
        "received": progress.told,
        "left": progress.left,
        "window_ends": _moment(progress.ends_at),
        "mapping_file": "" if progress.mapped_at is None else _moment(progress.mapped_at),
    }


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
