"""Command and response APDUs as bytes (ISO/IEC 7816-4 sections 5.1 to 5.3), short and extended length."""

from dataclasses import dataclass


class Malformed(ValueError):
    """The bytes are no command APDU; its length fields do not fit."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `expected`: Le in bytes, None where the command asks for no data."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: at most 65536 bytes and a status word."""

    status: int
    data: bytes = b""

    def encoded(self) -> bytes:
        """Data, SW1, SW2."""
        return self.data + self.status.to_bytes(2, "big")


def parse(unverified: bytes) -> Command:
    """Read a command of any of the four cases. Raises Malformed."""
    if len(unverified) < 4:
        raise Malformed("shorter than a header")
    cla, ins, p1, p2 = unverified[:4]
    body = unverified[4:]
    if not body:
        return Command(cla, ins, p1, p2)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, expected=body[0] or 256)
    wide = body[0] == 0
    if wide and len(body) == 3:
        return Command(cla, ins, p1, p2, expected=int.from_bytes(body[1:], "big") or 65536)
    field = 3 if wide else 1
    count = int.from_bytes(body[:field], "big")
    data, rest = body[field : field + count], body[field + count :]
    if count == 0 or len(data) != count or len(rest) not in (0, 2 if wide else 1):
        raise Malformed("lengths do not fit")
    expected = (int.from_bytes(rest, "big") or (65536 if wide else 256)) if rest else None
    return Command(cla, ins, p1, p2, data=data, expected=expected)
