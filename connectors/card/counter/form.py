"""The application form: what a template asks for, filled with what the card tells.

A template is a JSON file of the municipality's; without one there is a general form.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from connectors.card.basic4 import Basic4
from connectors.card.counter.sheet import A4, Sheet
from connectors.card.pin import PinKind

POINTS = 12.0
_MAX_BYTES = 64 * 1024
_MAX_CHARACTERS = 2000
_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
)
_GENDERS: Mapping[str, str] = {"1": "男", "2": "女", "3": "その他", "9": "その他"}
_READ_BY: Mapping[PinKind, str] = {
    PinKind.INPUT_SUPPORT: "券面事項入力補助用の暗証番号",
    PinKind.NUMBER_B: "照合番号B",
}


class TemplateRefused(ValueError):
    """The file is no template; the message says what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form. `source`: a member of the card's record, or `blank` for room to write in."""

    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Template:
    """A form. `addressee`: to whom; `statement`: what is applied for, over the place for the signature."""

    title: str
    addressee: str
    items: tuple[Item, ...]
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read, when (in local time), at which terminal, and which secret opened it."""

    basic4: Basic4
    at: datetime
    place: str
    opened_by: PinKind


SOURCES: Mapping[str, Callable[[Basic4], str]] = {
    "name": lambda record: record.name,
    "address": lambda record: record.address,
    "birth_date": lambda record: in_words(record.birth_date),
    "gender": lambda record: _GENDERS[record.gender],
    "blank": lambda _record: "",
}
GENERAL = Template(
    title="申請書",
    addressee="",
    items=(
        Item("氏名", "name"),
        Item("住所", "address"),
        Item("生年月日", "birth_date"),
        Item("性別", "gender"),
        Item("電話番号", "blank"),
        Item("申請の内容", "blank"),
    ),
    statement="上記のとおり申請します。",
)


def read_template(file: Path) -> Template:
    """A template file. Raises TemplateRefused."""
    try:
        with file.open("rb") as stream:
            unverified = json.loads(stream.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise TemplateRefused("the template cannot be read") from error
    if not isinstance(unverified, dict) or not isinstance(unverified.get("items"), list):
        raise TemplateRefused("a template is an object with title, addressee, items and statement")
    return Template(
        title=_text(unverified, "title"),
        addressee=_text(unverified, "addressee"),
        items=tuple(_item(item) for item in unverified["items"]),
        statement=_text(unverified, "statement"),
    )


def fill(template: Template, reading: Reading, typeface: Path) -> bytes:
    """The filled form as PDF, A4. Raises PrintingAbsent, TypefaceAbsent."""
    sheet = Sheet(typeface, A4, points=POINTS, made=reading.at)
    sheet.paragraph(_day(reading.at.date()), align="R")
    sheet.heading(template.title)
    if template.addressee:
        sheet.paragraph(template.addressee)
    for item in template.items:
        sheet.line(item.label, SOURCES[item.source](reading.basic4))
    sheet.gap()
    sheet.paragraph(template.statement)
    sheet.gap()
    sheet.line("署名", "")
    sheet.gap()
    sheet.paragraph(
        f"マイナンバーカードから読み取りました（{_READ_BY[reading.opened_by]}）。"
        f"{reading.place}　{reading.at:%Y-%m-%d %H:%M}",
        small=True,
    )
    if not sheet.exact:
        sheet.paragraph(
            "印字できない字、または字形の異なる字があります。カードの券面と見比べてください。", small=True
        )
    return sheet.pdf()


def in_words(birth_date: str) -> str:
    """A date of 8 digits with its Japanese era; parts that are zeros are unknown (不詳)."""
    year, month, day = int(birth_date[:4]), int(birth_date[4:6]), int(birth_date[6:])
    try:
        return _day(date(year, month, day))
    except ValueError:
        parts = ((year, "年"), (month, "月"), (day, "日"))
        return "".join(f"{number}{unit}" if number else f"不詳{unit}" for number, unit in parts)


def _day(day: date) -> str:
    for since, era in _ERAS:
        if day >= since:
            year = day.year - since.year + 1
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日（{day.year}年）"
    return f"{day.year}年{day.month}月{day.day}日"


def _item(unverified: object) -> Item:
    if not isinstance(unverified, dict) or unverified.get("source") not in SOURCES:
        raise TemplateRefused(f"an item has a label and a source, one of {', '.join(SOURCES)}")
    return Item(_text(unverified, "label"), unverified["source"])


def _text(unverified: Mapping[str, object], name: str) -> str:
    value = unverified.get(name)
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        raise TemplateRefused(f"{name} is a text of at most {_MAX_CHARACTERS} characters")
    return value
