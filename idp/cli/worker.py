"""`idp worker` and `idp worker dead list|retry`: what is done later, in a process of its own."""

import signal
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from typing import Annotated

import typer

from idp import compose, logs
from idp.cli import serving
from idp.cli.context import build, environment, tenant_of
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.health import health_application
from idp.settings import Settings, read_settings
from idp.worker.dead import DeadLetters

app = typer.Typer(name="worker", help="What is done later: events, batches, lists.", invoke_without_command=True)
dead = typer.Typer(name="dead", help="Jobs that were given up.", no_args_is_help=True)
app.add_typer(dead)
_COLUMNS = ("id", "kind", "died_at", "attempts", "problem")


@app.callback()
def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Do what is due until SIGINT or SIGTERM, which let the present jobs be finished.

    As many of these as one likes may run with PostgreSQL; with SQLite the server does this itself.
    """
    if context.invoked_subcommand is not None:
        return
    with errors_as_exit_codes(as_json=as_json):
        settings = read_settings(environment(data))
        with _alone(settings):
            logs.configure(quiet=settings.log_level == "warning")
            product = build(data)
            if once:
                show({"jobs": product.worker.once()}, as_json=as_json)
            else:
                _run(product)


@dead.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List a tenant's jobs that were given up, without what they say."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        found = [
            {
                "id": job.job_id.hex(),
                "kind": job.kind,
                "died_at": job.died_at,
                "attempts": job.attempts,
                "problem": job.problem,
            }
            for job in _dead(product).of(tenant_of(product, tenant))
        ]
        show(found, as_json=as_json, columns=_COLUMNS)


@dead.command()
def retry(
    tenant: TenantId,
    job: Annotated[str, typer.Argument(help="A job's id as `list` prints it, or `all`.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let a job that was given up be tried again, at once and for three days."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of, letters = tenant_of(product, tenant), _dead(product)
        jobs = [letter.job_id for letter in letters.of(of)] if job == "all" else [_job_id(job)]
        retried = sum(letters.retry(of, job_id) for job_id in jobs)
        if job != "all" and not retried:
            raise CommandFailed("there is no job of that id that was given up", Exit.REFUSED)
        show({"tenant": tenant, "retried": retried}, as_json=as_json)


def _run(product: compose.Product) -> None:
    """Work until a signal comes, then finish what was begun."""
    asked_to_end = Event()

    def end(*_: object) -> None:
        serving.ignore_further_signals()
        asked_to_end.set()

    for number in serving.END:
        signal.signal(number, end)
    if (path := product.settings.worker_socket) is not None:
        checks = {"worker": product.worker.check, "database": product.store.ping, "keys": product.keys.ping}
        serving.start_management(path, health_application(checks))
    product.background.start()
    product.worker.start()
    asked_to_end.wait()
    product.worker.stop()
    product.worker.join()


def _alone(settings: Settings) -> AbstractContextManager[object]:
    """The embedded store belongs to one process. Raises CommandFailed when that is a server."""
    file = settings.embedded_database
    if file is None:
        return nullcontext()
    try:
        return serving.lock(file.with_name(f"{file.name}.lock"))
    except CommandFailed as error:
        raise CommandFailed(
            "a server runs on this SQLite database and does what is due itself", Exit.REFUSED
        ) from error


def _dead(product: compose.Product) -> DeadLetters:
    return DeadLetters(store=product.store, directory=product.directory, now=product.now)


def _job_id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise CommandFailed("a job's id is hexadecimal, as `list` prints it", Exit.USAGE) from error
