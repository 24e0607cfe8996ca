"""`idp doctor`: is everything as it must be, and what to do where it is not."""

from typing import Annotated, Any

import typer

from idp import compose
from idp.cli.context import build, real_now, token_bytes
from idp.cli.options import AsJson, Data
from idp.cli.output import Exit, errors_as_exit_codes, show
from idp.compose import Product
from idp.doctor.evidence import Responder
from idp.doctor.examination import Examination
from idp.doctor.finding import Finding, State, fail, ok, worst
from idp.settings import SettingsRefused

_COLUMNS = ("check", "state", "finding", "remedy")


def mount(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    problems: Annotated[bool, typer.Option("--problems", help="Leave out what is well.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Examine the installation. Exit code 0: it works; 1: something fails; 3: something does not answer."""
    with errors_as_exit_codes(as_json=as_json):
        try:
            product = build(data, migrated=False)
            found = [ok("settings", f"read; the mode is {product.settings.mode}")]
            found += examination(product).findings()
        except SettingsRefused as refused:
            found = [fail("settings", str(refused), "correct them; idp config check")]
        shown = [row(finding) for finding in found if not (problems and finding.state is State.OK)]
        show(shown, as_json=as_json, columns=_COLUMNS)
        if any(finding.unreachable for finding in found):
            raise typer.Exit(int(Exit.UNREACHABLE))
        if worst(found) is State.FAIL:
            raise typer.Exit(int(Exit.REFUSED))


def examination(product: Product) -> Examination:
    """The examination of one product."""
    settings = product.settings
    return Examination(
        store=product.store,
        keys=product.keys,
        state=product.state,
        state_is_shared=settings.redis_url is not None,
        directory=product.directory,
        catalogue=compose.catalogue_of(settings),
        lists_refresh_seconds=settings.crl_refresh_seconds if settings.crl_url or settings.crl_folder else None,
        responders=[
            Responder(f"{source.method} {source.url}", source.source)
            for source in compose.status_sources(settings)
        ],
        way_to=compose.responders,
        trust=product.trust,
        ring_rule=product.custody.signing_ring.rule,
        mtls_host_is_believed=settings.mtls_host_key_file is not None,
        sources_are_told=settings.source_header is not None,
        now=product.now,
        clock_is_moved=settings.clock_file is not None,
        real_seconds=lambda: real_now().timestamp(),
        token_bytes=token_bytes,
    )


def row(finding: Finding) -> dict[str, Any]:
    """A finding as commands print it."""
    return {
        "check": finding.check,
        "state": finding.state,
        "finding": finding.sentence,
        "remedy": finding.remedy,
    }
