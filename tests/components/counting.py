"""Counting what one login costs, at the SQL driver and at the ports."""

from collections import Counter
from contextlib import contextmanager

from cryptography.hazmat.primitives import serialization
from sqlalchemy import event

import idp.keys.signing_keys
from idp.store.flights import Flight
from idp.store.prepared import known

UNCOUNTED = ("set_config", "begin", "commit", "rollback", "pragma", "savepoint", "release")


class Counted:
    """Any object, its public method calls counted under `name`."""

    def __init__(self, inner, name: str, counts: Counter) -> None:
        self._inner, self._name, self._counts = inner, name, counts

    def __getattr__(self, attribute):
        value = getattr(self._inner, attribute)
        if not callable(value) or attribute.startswith("_"):
            return value

        def call(*arguments, **named):
            self._counts[self._name] += 1
            return value(*arguments, **named)

        return call


@contextmanager
def counting(product, monkeypatch):
    """Counts: `reads`, `write transactions`, `configuration reads`, `state`, `keys`, `key imports`."""
    counts: Counter = Counter()
    dirty: dict[int, bool] = {}

    def statement(connection, _cursor, text, _parameters, _context, _many):
        noted(connection.connection.dbapi_connection, text)

    def noted(link, text):
        words = text.strip().lower()
        if any(words.startswith(word) for word in UNCOUNTED) or "set_config" in words:
            return
        if words.startswith("select"):
            configuration = any(
                f"from {table}" in words for table in ("tenant", "client", "signing_key", "sector")
            )
            if not dirty.get(id(link)):
                counts["configuration reads" if configuration else "reads"] += 1
        else:
            dirty[id(link)] = True

    def committed(connection):
        ended(connection.connection.dbapi_connection)

    def ended(link):
        counts["write transactions"] += bool(dirty.pop(id(link), False))

    real_run, real_exit = Flight.run, Flight.__exit__

    def run(flight, statement, given, /, *, unless=None):
        noted(flight.link, known(statement, given).sql)
        return real_run(flight, statement, given, unless=unless)

    def flown(flight, kind, error, traceback):
        real_exit(flight, kind, error, traceback)
        if error is None:
            ended(flight.link)

    real_import = serialization.load_der_private_key

    def imported(*arguments, **named):
        counts["key imports"] += 1
        return real_import(*arguments, **named)

    monkeypatch.setattr(idp.keys.signing_keys, "load_der_private_key", imported)
    monkeypatch.setattr(Flight, "run", run)  # what flights send does not pass SQLAlchemy's events
    monkeypatch.setattr(Flight, "__exit__", flown)
    engine = product.store.engine
    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", committed)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", committed)
