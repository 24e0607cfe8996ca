"""`idp service logouts`: how a service was told of the sessions that ended, and the options of its channels."""

from typing import Annotated

import typer

from idp.cli.context import build, service_of, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.store import sessions

_COLUMNS = ("ended_at", "told", "told_at", "attempts", "problem")
BackUri = Annotated[
    str | None, typer.Option("--backchannel-logout-uri", help="URL that is told that a session is over.")
]
BackSession = Annotated[
    bool | None,
    typer.Option("--backchannel-logout-session-required", help="It wants the session's id (always told)."),
]
FrontUri = Annotated[
    str | None,
    typer.Option("--frontchannel-logout-uri", help="Page that the resident's browser loads at logout."),
]
FrontSession = Annotated[
    bool | None,
    typer.Option("--frontchannel-logout-session-required", help="It wants iss and sid (always told)."),
]
PostLogout = Annotated[
    list[str] | None,
    typer.Option("--post-logout-redirect-uri", help="Exact URI to which a logout may lead; many times."),
]


def logouts(
    service_id: str,
    tenant: TenantId,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List how the service was told of the last sessions that ended; names nobody."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = tenant_of(product, tenant)
        client = service_of(found, service_id)
        with product.store.for_tenant(found.tenant_id).read() as tx:
            rows = sessions.deliveries(tx, client.client_id, count=last)
        listed = [
            {
                "ended_at": row.ended_at,
                "told": row.told,
                "told_at": row.told_at,
                "attempts": row.attempts,
                "problem": row.problem,
            }
            for row in rows
        ]
        show(listed, as_json=as_json, columns=_COLUMNS)
