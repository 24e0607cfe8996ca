"""Reading a list of serial numbers as spreadsheets write it: `kind,serial[,issuer_key_id]` with that header.

Tolerated: UTF-8 with and without BOM, UTF-16 with BOM, Shift_JIS; CRLF; comma, semicolon or tab, and a first line
`sep=`; quotes, `="..."` and a leading apostrophe; full-width digits and letters; empty lines and empty columns at
the end. Serial numbers are hexadecimal. Anything else refuses the whole list, naming lines and never what stands
in them.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.ports import CertificateKind
from idp.revocation.serials import Named, SerialRefused, read_key_id, read_serial

MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_CELL = 256
MAX_PROBLEMS = 100
"""So many are named; the others are counted."""
_COLUMNS = ("kind", "serial", "issuer_key_id")
_KINDS = {str(kind): kind for kind in CertificateKind}
_FORMULA = re.compile(r'="?([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line, counted from 1; 0 is the whole file."""

    line: int
    sentence: str


class ListRefused(ValueError):
    """A list that cannot be answered. `count`: how many problems there are, of which `problems` are the first."""

    def __init__(self, problems: Sequence[Problem], count: int) -> None:
        super().__init__(problems[0].sentence)
        self.problems = problems[:MAX_PROBLEMS]
        self.count = count


def read_list(unverified: bytes) -> list[Named]:
    """The certificates of a list, in its order. Raises ListRefused."""
    if len(unverified) > MAX_BYTES:
        raise _whole(f"more than {MAX_BYTES // 1024 // 1024} MiB")
    text = _decoded(unverified)
    if text and not text.endswith("\n"):
        raise _whole("the last line does not end: was the file cut off?")
    rows = _rows(text)
    columns = _columns(rows)
    found: list[Named] = []
    problems: list[Problem] = []
    count = 0
    for line, cells in rows:
        if not any(cells):
            continue
        try:
            found.append(_named(columns, cells))
        except (ValueError, SerialRefused) as error:
            count += 1
            if len(problems) < MAX_PROBLEMS:
                problems.append(Problem(line, str(error)))
        if len(found) > MAX_ROWS:
            raise _whole(f"more than {MAX_ROWS} serial numbers")
    if count:
        raise ListRefused(problems, count)
    if not found:
        raise _whole("no serial number in it")
    return found


def _decoded(unverified: bytes) -> str:
    encodings = ("utf-16",) if unverified[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            return unverified.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _whole("neither UTF-8 nor UTF-16 nor Shift_JIS")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and tidied cells."""
    lines = io.StringIO(text, newline="")
    skipped = 0
    first = lines.readline()
    if first.lower().startswith("sep="):
        skipped, first = 1, lines.readline()
    delimiter = max(",;\t", key=first.count)
    lines.seek(0)
    for _ in range(skipped):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ListRefused([Problem(reader.line_num + skipped, "not CSV")], 1) from error
        yield reader.line_num + skipped, [_tidied(cell) for cell in cells]


def _tidied(cell: str) -> str:
    if cell.isalnum() and cell.isascii() and len(cell) <= MAX_CELL:
        return cell
    if len(cell) > MAX_CELL:
        return "?"
    plain = (cell if cell.isascii() else unicodedata.normalize("NFKC", cell).strip("\ufeff")).strip()
    formula = _FORMULA.fullmatch(plain)
    return (formula[1] if formula else plain).removeprefix("'").strip()


def _columns(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    for line, cells in rows:
        if any(cells):
            header = [cell.lower() for cell in cells]
            while header and not header[-1]:
                header.pop()
            if sorted(header) not in (sorted(_COLUMNS[:2]), sorted(_COLUMNS)):
                raise ListRefused([Problem(line, "the header is kind,serial or kind,serial,issuer_key_id")], 1)
            return header
    raise _whole("empty")


def _named(columns: Sequence[str], cells: Sequence[str]) -> Named:
    if len(cells) < 2 or any(cells[len(columns) :]):
        raise ValueError("another number of columns than the header has")
    members = dict(zip(columns, cells, strict=False))
    kind = _KINDS.get(members.get("kind", "").lower())
    if kind is None:
        raise ValueError("kind is neither user nor signature")
    try:
        serial = read_serial(members.get("serial", ""))
    except SerialRefused as error:
        raise ValueError("serial is no hexadecimal serial number") from error
    try:
        return Named(kind, serial, read_key_id(members.get("issuer_key_id", "")))
    except SerialRefused as error:
        raise ValueError("issuer_key_id has not 40 hexadecimal digits") from error


def _whole(sentence: str) -> ListRefused:
    return ListRefused([Problem(0, sentence)], 1)
