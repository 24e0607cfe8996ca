"""The WSGI entry point of a worker process: `idp.wsgi:app`. Reads the environment, once."""

import os
import secrets
from datetime import UTC, datetime

from connectors import core_dumps
from idp import compose, logs
from idp.settings import read_settings
from idp.supervision import end_with_parent


def _real_now() -> datetime:
    return datetime.now(UTC)


def _worker() -> compose.Product:
    core_dumps.leave_none()
    settings = read_settings(os.environ)
    logs.configure(quiet=settings.log_level == "warning")
    product = compose.build(settings, compose.clock(settings, _real_now), secrets.token_bytes)
    product.directory.refresh()
    product.background.start()
    if settings.embedded:  # nobody else may: this process alone serves the database
        product.worker.start()
    end_with_parent(os.getppid())
    return product


app = _worker().app
