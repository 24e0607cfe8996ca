"""Printed sheets, read back by PDFium: the form, the slip, and characters that no typeface has."""

import json
from datetime import UTC, datetime

import pypdfium2
import pytest

from connectors.card.basic4 import Basic4
from connectors.card.counter import form, slip, typeface
from connectors.card.counter.message import Mode
from connectors.card.counter.sheet import A4, Sheet
from connectors.card.pin import PinKind

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
HANAKO = Basic4("髙橋　花子", "見本県青葉市本町一丁目２番３号", "19850615", "2")


@pytest.fixture(scope="module")
def face():
    """The usual typeface of this machine."""
    return typeface.find(None)


def text_of(pdf):
    """Text and number of pages."""
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document), len(document)


def reading(record=HANAKO, opened_by=PinKind.INPUT_SUPPORT):
    """What was read."""
    return form.Reading(basic4=record, at=AT, place="本庁舎1階 市民課2番窓口", opened_by=opened_by)


def test_a_form_says_what_the_card_says(face):
    """On one sheet, with the day, the place and which secret opened it; no number."""
    text, pages = text_of(form.fill(form.GENERAL, reading(opened_by=PinKind.NUMBER_B), face))
    assert pages == 1
    for said in ("申請書", HANAKO.name, HANAKO.address, "昭和60年6月15日", "女", "照合番号B", "令和8年11月26日"):
        assert said in text
    assert "印字できない" not in text


def test_a_long_address_is_broken_and_not_cut(face):
    """Every character is there."""
    long = Basic4("見本　太郎", "青葉市" * 60, "19850615", "1")
    text, _ = text_of(form.fill(form.GENERAL, reading(long), face))
    assert "".join(text.split()).count("青葉市") == 60


def test_what_cannot_be_printed_is_said(face):
    """A character that the typeface lacks, and a variant that it shows in its usual shape."""
    for name in ("見本\U0010fffe花子", "髙\U000e0101橋花子"):
        text, _ = text_of(form.fill(form.GENERAL, reading(Basic4(name, "青葉市", "19850615", "3")), face))
        assert "カードの券面と見比べてください" in text


def test_nothing_personal_is_logged(face, caplog):
    """The library would name a missing character: it never meets one."""
    form.fill(form.GENERAL, reading(Basic4("見本\U0010fffe花子", "青葉市", "19850615", "3")), face)
    assert caplog.text == ""


def test_a_slip_names_nobody(face):
    """Service, place, way and reference."""
    done = slip.Done(
        tenant="青葉市（見本）", service="図書館", mode=Mode.KAZASHI, at=AT, terminal="mado-2", place="2番窓口"
    )
    text, pages = text_of(slip.slip(done, face))
    assert pages == 1
    for said in ("図書館", "2番窓口", "暗証番号なし", "mado-2/20261126-093000"):
        assert said in text


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("20190501", "令和元年5月1日（2019年）"),
        ("20190430", "平成31年4月30日（2019年）"),
        ("19261225", "昭和元年12月25日（1926年）"),
        ("18671231", "1867年12月31日"),
        ("19850000", "1985年不詳月不詳日"),
        ("00000000", "不詳年不詳月不詳日"),
        ("19850231", "1985年2月31日"),
    ],
)
def test_birth_dates_in_words(digits, words):
    """Eras at their edges, parts that nobody knows, and what is no date."""
    assert form.in_words(digits) == words


def test_a_municipality_makes_its_own_form(face, tmp_path):
    """Title, addressee, items and statement from a file."""
    file = tmp_path / "form.json"
    items = [{"label": "申請者", "source": "name"}, {"label": "理由", "source": "blank"}]
    wish = {
        "title": "住民票の写しの申請",
        "addressee": "青葉市長　様",
        "items": items,
        "statement": "申請します。",
    }
    file.write_text(json.dumps(wish))
    text, _ = text_of(form.fill(form.read_template(file), reading(), face))
    for said in ("住民票の写しの申請", "青葉市長", "理由", HANAKO.name):
        assert said in text
    assert HANAKO.address not in text


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"title":"a","addressee":"","statement":"","items":[{"label":"番号","source":"my_number"}]}',
    ],
)
def test_what_is_no_template(tmp_path, content):
    """Above all: there is no source that is not on the list."""
    file = tmp_path / "form.json"
    file.write_text(content)
    with pytest.raises(form.TemplateRefused):
        form.read_template(file)


def test_a_file_that_is_no_typeface_is_refused(tmp_path):
    """By type; and where none is found it says what to install."""
    file = tmp_path / "face.ttf"
    file.write_bytes(b"no typeface")
    with pytest.raises(typeface.TypefaceAbsent):
        Sheet(file, A4, points=12.0, made=AT)
    with pytest.raises(typeface.TypefaceAbsent, match="fonts-noto-cjk"):
        typeface.find(None, usual=())
