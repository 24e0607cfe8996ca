"""`idp collect record`: needs no settings, no database and no network."""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.errors import ConnectorError
from connectors.ports import CertificateKind
from idp.cli.context import real_now, token_bytes
from idp.cli.options import AsJson
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.compose import software_card
from idp.jpki.certificate import MAX_CERTIFICATE_BYTES
from idp.revocation.serials import Named, SerialRefused, read_serial
from idp.shelter import collection_key
from idp.shelter.collected import Collected, RecordRefused, require_place
from idp.shelter.collection_key import KeyFileRefused
from idp.shelter.reading import CertificateRefused, named_by
from idp.shelter.recorder import FileRefused, Recorder

KeyFile = Annotated[Path, typer.Option("--key", help="Public collection key, as `idp collect key` wrote it.")]


def record(
    key: KeyFile,
    place: Annotated[str, typer.Option(help="Where people are seen; at most 200 characters.")],
    out: Annotated[Path, typer.Option(help="The file that grows, NAME.jwel.")],
    sources: Annotated[list[Path] | None, typer.Argument(help="Certificates in DER, or software cards.")] = None,
    typed: Annotated[bool, typer.Option("--typed", help="Serial numbers, one a line, on standard input.")] = False,
    decimal: Annotated[bool, typer.Option("--decimal", help="Typed ones are decimal; else hexadecimal.")] = False,
    kind: Annotated[CertificateKind, typer.Option(help="Kind of the typed ones.")] = CertificateKind.USER,
    as_json: AsJson = False,
) -> None:
    """Record serial numbers, each encrypted at once; exit code 1 when one was refused."""
    with errors_as_exit_codes(as_json=as_json):
        try:
            public, where = collection_key.read(key), require_place(place)
            recorder = Recorder(out, public, token_bytes)
        except (KeyFileRefused, RecordRefused) as refused:
            raise CommandFailed(str(refused), Exit.USAGE) from refused
        except FileRefused as refused:
            raise CommandFailed(str(refused), Exit.REFUSED) from refused
        with recorder:
            seen = chain(_read(sources or ()), _typed(kind, decimal=decimal) if typed else ())
            row = _record_all(recorder, seen, where)
        show({"file": str(out), "file_id": recorder.file_id} | row, as_json=as_json)
        if row["refused"]:
            raise typer.Exit(int(Exit.REFUSED))


def _record_all(recorder: Recorder, seen: Iterable[Named | None], where: str) -> dict[str, Any]:
    """Record each as it comes; None is one that was refused."""
    recorded = repeated = refused = 0
    try:
        for named in seen:
            if named is None:
                refused += 1
            elif recorder.seen(named):
                repeated += 1
                _say("recorded already in this sitting")
            else:
                number = recorder.append(Collected(named, real_now(), where))
                recorded += 1
                _say(f"recorded: {number}")
        recorder.append_total()
    except FileRefused as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    return {"recorded": recorded, "repeated": repeated, "refused": refused, "total": recorder.count}


def _read(sources: Iterable[Path]) -> Iterator[Named | None]:
    """The certificates of files: DER, or the user certificate of a software card."""
    for path in sources:
        try:
            for der in _certificates(path):
                yield named_by(der)
        except (OSError, CertificateRefused, ConnectorError):
            _say(f"refused: {path} holds no JPKI certificate that can be read")
            yield None


def _certificates(path: Path) -> Iterable[bytes]:
    if path.suffix == ".json":
        return software_card(path).certificates()
    with path.open("rb") as file:
        return (file.read(MAX_CERTIFICATE_BYTES + 1),)


def _typed(kind: CertificateKind, *, decimal: bool) -> Iterator[Named | None]:
    """One serial number a line; what was typed is never shown again."""
    for line in sys.stdin:
        if line.strip():
            try:
                yield Named(kind, read_serial(line, decimal=decimal))
            except SerialRefused:
                _say("refused: no serial number")
                yield None


def _say(sentence: str) -> None:
    """Tell the person at the keyboard; standard output is for the result."""
    print(sentence, file=sys.stderr)
