"""How commands speak: a table or sentences for people, one JSON value for programs; errors on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any
from unicodedata import category

import typer
from rich.console import Console
from rich.table import Column, Table

from connectors.errors import ConnectorError, Unreachable
from idp.keys.sealing import SealBroken
from idp.registration import NotAllowed
from idp.settings import SettingsRefused
from idp.store.engine import DatabaseUnavailable, WriteConflict

_NAME_WIDTH = 28
"""Columns for the names of a record's members, or more where one is longer."""
_WIDE = 1000
"""Columns when no person looks: nothing is folded."""
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that a terminal obeys instead of showing them."""


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3


class CommandFailed(Exception):
    """A command that ends with a sentence and an exit code."""

    def __init__(self, sentence: str, code: Exit) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


def show(value: Any, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print a record, or a list of records as a table with `columns`; an empty list is `none` for people."""
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=2))
        return
    if isinstance(value, Mapping):
        width = max([_NAME_WIDTH, *map(len, value)])
        for name, member in value.items():
            print(f"{name:<{width}} {_plain(member)}")
        return
    if not value:
        print("none")
        return
    table = Table(*(Column(name, overflow="fold") for name in columns), box=None)
    for row in value:
        table.add_row(*(_plain(row[name]) for name in columns))
    # Cells are what they say: ":CD:" in a fingerprint is no emoji, and a name in brackets no colour.
    Console(width=None if sys.stdout.isatty() else _WIDE, markup=False, emoji=False).print(table)


def tell(what: str, done: int, total: int) -> None:
    """Progress, on standard error: one line for people and for whoever reads the log."""
    print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


def _plain(value: Any) -> str:
    """A member as people read it: nothing for None, `none` for an empty list, members of a record in a row."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_enclosed(member)}" for name, member in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value)) or "none"
    return _visible(str(value))


def _visible(text: str) -> str:
    """The text with what commands a terminal, or turns its lines round, as escapes: rows may be an intruder's."""
    return "".join([ascii(one)[1:-1] if category(one) in _UNSEEN else one for one in text])


def _enclosed(member: Any) -> str:
    return f"({_plain(member)})" if isinstance(member, Mapping) else _plain(member)


@contextmanager
def errors_as_exit_codes(*, as_json: bool) -> Iterator[None]:
    """Turn the product's typed errors into one sentence on standard error and an exit code; no stack trace."""
    try:
        yield
    except CommandFailed as error:
        _fail(error.sentence, error.code, as_json=as_json)
    except SettingsRefused as error:
        _fail(str(error), Exit.USAGE, as_json=as_json)
    except (NotAllowed, WriteConflict, SealBroken) as error:
        _fail(str(error), Exit.REFUSED, as_json=as_json)
    except (DatabaseUnavailable, Unreachable) as error:
        _fail(str(error), Exit.UNREACHABLE, as_json=as_json)
    except ConnectorError as error:
        _fail(str(error), Exit.REFUSED, as_json=as_json)
    except OSError as error:
        if error.filename is None:  # no file of the caller's: that is a fault of ours
            raise
        _fail(f"{error.filename}: {error.strerror}", Exit.USAGE, as_json=as_json)


def _fail(sentence: str, code: Exit, *, as_json: bool) -> None:
    print(json.dumps({"error": sentence}, ensure_ascii=False) if as_json else sentence, file=sys.stderr)
    raise typer.Exit(int(code))
