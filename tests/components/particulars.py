"""EF 0002 and EF 0003 of the input-support application, composed from parts so that any of them can be wrong."""

from dataclasses import dataclass
from hashlib import sha256

NAME, ADDRESS, BIRTH, GENDER = "髙橋　花子", "見本県青葉市見本町一丁目２－３", "19850615", "2"


@dataclass(frozen=True)
class Particulars:
    """`lead`: bytes before the record; `form`: how lengths are written (0: short, 1: 81, 2: 82)."""

    name: bytes = NAME.encode()
    address: bytes = ADDRESS.encode()
    birth: bytes = BIRTH.encode()
    gender: bytes = GENDER.encode()
    lead: bytes = b""
    form: int = 1
    shift: int = 0
    offsets: bytes | None = None
    more: bytes = b""
    padding: bytes = b""

    @property
    def items(self) -> bytes:
        """DF22 to the end: what DF32 is computed over."""
        values = (self.name, self.address, self.birth, self.gender)
        return b"".join(tlv(0xDF22 + at, value, self.form) for at, value in enumerate(values)) + self.more

    @property
    def record(self) -> bytes:
        """FF20 with the offsets before the items."""
        return tlv(0xFF20, tlv(0xDF21, self._table()) + self.items, 2)

    @property
    def file(self) -> bytes:
        """EF 0002 as it lies on the card."""
        return self.lead + self.record + self.padding

    @property
    def content(self) -> bytes:
        """EF 0002 as the agent hands it over: without what lies behind the record."""
        return self.lead + self.record

    def checksums(self, over: bytes | None = None) -> bytes:
        """EF 0003."""
        digest = sha256(self.items if over is None else over).digest()
        return tlv(0xFF30, tlv(0xDF31, bytes(32)) + tlv(0xDF32, digest) + tlv(0xDF33, bytes(256), 2), 2)

    def _table(self) -> bytes:
        if self.offsets is not None:
            return self.offsets
        at, table = len(self.lead) + 5 + 11 + self.shift, b""
        for value in (self.name, self.address, self.birth, self.gender):
            table += at.to_bytes(2)
            at += len(tlv(0xDF22, value, self.form))
        return table


def tlv(tag: int, value: bytes, form: int = 0) -> bytes:
    """A data object; `form` as in Particulars, short only where it fits."""
    if form == 0 and len(value) > 0x7F:
        form = 1 if len(value) < 0x100 else 2
    if form == 1 and len(value) > 0xFF:
        form = 2
    length = bytes((0x80 + form,)) + len(value).to_bytes(form) if form else bytes((len(value),))
    return tag.to_bytes(2) + length + value


GOOD = [
    Particulars(),
    Particulars(form=0),
    Particulars(form=2),
    Particulars(lead=b"\x01\x02"),
    Particulars(lead=b"\x00\x00", shift=-2),
    Particulars(padding=b"\xff" * 40),
    Particulars(padding=b"\x00" * 3),
    Particulars(address=("見" * 200).encode()),
    Particulars(address=b""),
    Particulars(more=tlv(0xDF26, "ﾀｶﾊｼ".encode())),
    Particulars(birth=b"19850000", gender=b"9"),
]
"""Layouts that both readers must accept."""

BAD = {
    "empty": b"",
    "another record": b"\xff\x10\x03abc",
    "three leading bytes": b"\x00\x00\x00" + Particulars().record,
    "nothing in it": tlv(0xFF20, b"", 2),
    "no table of offsets": tlv(0xFF20, Particulars().items, 2),
    "truncated": Particulars().record[:-1],
    "padding of another kind": Particulars(padding=b"\x20").file,
    "two records": Particulars().record * 2,
    "a length past the end": b"\xff\x20\x82\xff\xff" + Particulars().record[5:],
    "a length of three bytes": b"\xff\x20\x83\x00\x00\x10" + bytes(16),
    "an indefinite length": b"\xff\x20\x80" + Particulars().record[5:],
    "offsets of another file": Particulars(shift=1).file,
    "offsets too short": Particulars(offsets=bytes(6)).file,
    "no offsets": Particulars(offsets=b"").file,
    "no UTF-8": Particulars(name="高橋".encode("shift_jis")).file,
    "an overlong form": Particulars(name=b"\xc0\xaf").file,
    "a control character": Particulars(name=b"A\x1b[2J").file,
    "a line break": Particulars(address="a\u2028b".encode()).file,
    "no name": Particulars(name=b"").file,
    "an era in the date": Particulars(birth=b"319850615").file,
    "no date": Particulars(birth=b"1985061X").file,
    "full-width digits": Particulars(birth="１９８５０６１５".encode()).file,
    "an unknown gender": Particulars(gender=b"0").file,
    "two genders": Particulars(gender=b"12").file,
    "a repeated name": Particulars(more=tlv(0xDF22, b"B")).file,
    "a stray byte": Particulars(more=b"\xdf").file,
    "too long": Particulars(address=b"a" * 5000).file,
}
"""What both readers must refuse, by what is wrong."""
