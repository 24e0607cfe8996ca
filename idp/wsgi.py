"""The WSGI entry point of a worker process: `idp.wsgi:app`. Reads the environment, once."""

import gc
import os
from datetime import UTC, datetime
from functools import partial
from multiprocessing import parent_process

from connectors import core_dumps
from idp import compose, logs
from idp.settings import read_settings
from idp.supervision import end_with_parent

_ALLOCATIONS = 20_000
"""How many more objects than before there may be until the youngest are looked through; Python's own 700 is less
than a single login leaves."""


def _worker() -> compose.Product:
    core_dumps.leave_none()
    settings = read_settings(os.environ)
    logs.configure(quiet=settings.log_level == "warning", for_good=True)
    product = compose.build(settings, compose.clock(settings, partial(datetime.now, UTC)), os.urandom)
    product.directory.refresh()
    product.background.start()
    if settings.embedded:  # nobody else may: this process alone serves the database
        product.worker.start()
    end_with_parent(_parent())
    spare_the_collector()
    return product


def spare_the_collector() -> None:
    """What was built stays as long as the process: let nobody look through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def _parent() -> int:
    """Who started this process, even if they have died meanwhile: whoever asks the system then is told another."""
    supervisor = parent_process()
    return os.getppid() if supervisor is None or supervisor.pid is None else supervisor.pid


app = _worker().app
