"""Files of a command: read within bounds, `-` for standard input, one sentence for none; written as a whole."""

import sys
import tempfile
from pathlib import Path

from idp.cli.output import CommandFailed, Exit
from idp.trust import reading

MAX_CERTIFICATE_FILE_BYTES = 256 * 1024


def read_file(file: Path, *, max_bytes: int) -> bytes:
    """The file's bytes. Raises CommandFailed when it cannot be read or is longer."""
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with file.open("rb") as stream:
                content = stream.read(max_bytes + 1)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from error
    if len(content) > max_bytes:
        raise CommandFailed(f"{file} is longer than {max_bytes} bytes", Exit.USAGE)
    return content


def read_certificate(file: Path) -> bytes:
    """The one certificate of a file in PEM or DER, as DER. Raises CommandFailed."""
    try:
        return reading.read_der(read_file(file, max_bytes=MAX_CERTIFICATE_FILE_BYTES))
    except reading.CertificateUnreadable as error:
        raise CommandFailed(f"{file}: {error}", Exit.USAGE) from error


def read_secret(file: Path | None, *, prompt: str) -> str:
    """A secret from the first line of a file or of standard input; asked for without echo at a terminal."""
    if file is None and sys.stdin.isatty():
        import getpass

        try:
            return getpass.getpass(prompt + ": ", sys.stderr).strip()
        except EOFError:
            return ""
    content = read_file(file or Path("-"), max_bytes=4096)
    lines = content.decode("ascii", "replace").splitlines()
    return lines[0].strip() if lines else ""


def write_whole(file: Path, text: str) -> None:
    """Replace a file at once, so that nobody reads half of it; it may hold secrets, so for the owner alone."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as draft:
        draft.write(text)
    Path(draft.name).replace(file)
