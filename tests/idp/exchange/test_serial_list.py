"""Serial lists as spreadsheets write them, and as nobody should."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ports import CertificateKind
from idp.exchange import serial_list
from idp.exchange.serial_list import MAX_PROBLEMS, ListRefused, read_list
from idp.revocation.serials import Named

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
KEY_ID = "00112233445566778899aabbccddeeff00112233"
EXPECTED = [Named(USER, 0x1A2B, None), Named(SIGNATURE, 0xFF, None)]
PLAIN = "kind,serial\r\nuser,1a2b\r\nsignature,ff\r\n"


def refusal(content):
    """What a refused list says: (line, sentence) of each problem."""
    with pytest.raises(ListRefused) as refused:
        read_list(content.encode() if isinstance(content, str) else content)
    return [(problem.line, problem.sentence) for problem in refused.value.problems]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("cp932"),
        PLAIN.replace("\r\n", "\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode(),
        PLAIN.replace("\r\n", ",,\r\n").encode(),
        ("\r\n" + PLAIN + "\r\n,\r\n").encode(),
        b"Serial, KIND \n1A:2B,User\n0xFF,SIGNATURE\n",
        b'kind,serial\nuser,"=""1a2b"""\nsignature,\'00ff\n',
        "kind,serial\nuser,１ａ２ｂ\nsignature, ｆｆ\u3000\n".encode("cp932"),
        "kind,serial,issuer_key_id\nuser,1a2b,\nsignature,ff,\n".encode("utf-8-sig"),
    ],
    ids=range(14),
)
def test_spreadsheets_are_understood(content):
    """Encodings, line ends, delimiters, quotes, guards against formulas, full-width letters."""
    assert read_list(content) == EXPECTED


def test_an_issuer_may_be_named():
    """By its key identifier."""
    assert read_list(f"serial,issuer_key_id,kind\n1,{KEY_ID.upper()},user\n".encode()) == [
        Named(USER, 1, bytes.fromhex(KEY_ID))
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 0),
        (b"\n\n", 0),
        (b"kind,serial\n", 0),
        (b"\x00" * 64 + b"\n", 1),
        (b"\x81 \n", 0),
        ("user,1a2b\n", 1),
        ("kind,serial,name\nuser,1,x\n", 1),
        ("kind,kind\nuser,1\n", 1),
        ("kind,serial\nuser,1.2E+10\n", 2),
        ("kind,serial\nuser,\n", 2),
        ("kind,serial\nuser,0\n", 2),
        ("kind,serial\nuser,-1\nuser,1\n", 2),
        ("kind,serial\nuser," + "f" * 41 + "\n", 2),
        ("kind,serial\nuser," + "1" * 1000 + "\n", 2),
        ("kind,serial\nvisitor,1\n", 2),
        ("kind,serial\n1\n", 2),
        ("kind,serial\nuser,1,x\n", 2),
        ("kind,serial\n\n\nuser,x\n", 4),
        ("sep=,\nkind,serial\nuser,x\n", 3),
        ("kind,serial,issuer_key_id\nuser,1,00\n", 2),
        ('kind,serial\n"user,1\n', 2),
        ("kind,serial\nuser,1a2b", 0),
    ],
    ids=lambda value: str(value)[:20],
)
def test_anything_else_is_refused_by_line(content, line):
    """The last one was cut off in the middle, which no other sign would show."""
    problems = refusal(content)
    assert line in [number for number, _ in problems]


def test_a_refusal_repeats_nothing_of_the_list():
    """Its reason goes into a file that others read."""
    problems = refusal("kind,serial\nuser,canary-serial\ncanary-kind,1\nuser,1,canary-column\n")
    assert [line for line, _ in problems] == [2, 3, 4]
    assert "canary" not in str(problems)


def test_many_problems_are_counted_and_few_are_named():
    """A list in the wrong format does not make a huge reason."""
    with pytest.raises(ListRefused) as refused:
        read_list(b"kind,serial\n" + b"user,x\n" * 1000)
    assert (len(refused.value.problems), refused.value.count) == (MAX_PROBLEMS, 1000)


def test_lists_have_limits(monkeypatch):
    """In rows and in bytes."""
    monkeypatch.setattr(serial_list, "MAX_ROWS", 2)
    assert refusal("kind,serial\n" + "user,1\n" * 3) == [(0, "more than 2 serial numbers")]
    monkeypatch.setattr(serial_list, "MAX_BYTES", 10)
    assert refusal(PLAIN)[0][0] == 0


@given(
    st.binary(max_size=200) | st.text(alphabet="kindserial,user1a\r\n\t;\"='\ufeff", max_size=80).map(str.encode)
)
def test_no_bytes_make_another_error(content):
    """Whatever lies in the folder."""
    for text in (content, b"kind,serial\n" + content + b"\n"):
        with suppress(ListRefused):
            assert read_list(text)
