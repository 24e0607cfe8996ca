"""The command line's entry: every noun is one file."""

import typer

from idp.cli import audit, crl, demo, ppid, sandbox, server, service, tenant

app = typer.Typer(
    name="idp",
    help="OpenID Connect provider for municipalities: JPKI login, one pairwise pseudonymous id per service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
demo.mount(app)
server.mount(app)
for noun in (tenant, service, ppid, audit, crl, sandbox):
    app.add_typer(noun.app)


def main() -> None:
    """Console script `idp`."""
    app()
