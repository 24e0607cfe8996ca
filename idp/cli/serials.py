"""What people type and hand over to name a certificate: a serial number, or a file."""

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.cli.output import CommandFailed, Exit
from idp.jpki.certificate import MAX_CERTIFICATE_BYTES, SERIAL_END, UNREADABLE

_DIGITS = 100
"""More than any serial number has: what is longer is too large however it goes on."""
_PEM = b"-----BEGIN"
_MAX_FILE_BYTES = 2 * MAX_CERTIFICATE_BYTES
"""PEM is a third longer than DER, and comments may stand before it."""


def read_serial(text: str) -> int:
    """A serial number, decimal, 0x hexadecimal or aa:bb:cc. Raises CommandFailed for anything else."""
    if re.fullmatch("[0-9]+", text):
        number = int(text[:_DIGITS], 10)
    elif re.fullmatch("(0x)?[0-9a-fA-F:]+", text):
        number = int("0" + text.removeprefix("0x").replace(":", "")[:_DIGITS], 16)
    else:
        raise CommandFailed("a serial number is decimal, 0x hexadecimal or aa:bb:cc", Exit.USAGE)
    if not 0 < number < SERIAL_END:
        raise CommandFailed("a serial number is positive and has at most 20 octets", Exit.USAGE)
    return number


def read_der(file: Path) -> bytes:
    """The DER of a certificate in a file of DER or PEM, not looked into. Raises CommandFailed."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", Exit.USAGE) from error
    if _PEM not in content:
        return content
    try:
        return x509.load_pem_x509_certificate(content).public_bytes(Encoding.DER)
    except UNREADABLE as error:
        raise CommandFailed(f"{file} holds no certificate", Exit.REFUSED) from error
