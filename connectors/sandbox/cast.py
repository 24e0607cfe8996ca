"""The sample residents: obviously invented people, one or more for each case that a login can meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.x509 import ReasonFlags

from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.names import MUNICIPALITIES
from connectors.sandbox.state import Case, Person, Slot

_KANA: Mapping[str, str] = {
    "hanako": "タカハシ　ハナコ",
    "ichiro": "ミホン　イチロウ",
    "saburo": "ミホン　サブロウ",
    "goro": "ミホン　ゴロウ",
    "sora": "ミホン　ソラ",
    "kiyoshi": "ミホンサキノカミオオジ　ジュゲムノスケキヨシ",
    "aoi": "ミホン　アオイ",
    "hinata": "ミホン　ヒナタ",
    "namesake": "ミホン　アオイ",
    "shiro": "ミホン　シロウ",
    "yoko": "ミホン　ヨウコ",
    "midori": "ミホン　ミドリ",
    "jun": "ミホン　ジュン",
}
"""How names are read, by resident; nobody has recorded how a name in Latin letters is."""
_DAY = timedelta(days=1)
_USUAL = timedelta(days=400)
_CARD = (Slot.AUTH, Slot.SIGN)


@dataclass(frozen=True, slots=True)
class Issue:
    """A certificate in a resident's past: issued so long ago (a negative age: not valid yet).

    `revoked`: how long ago, and why.
    """

    slot: Slot
    age: timedelta
    revoked: tuple[timedelta, ReasonFlags] | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A sample resident and the certificates of the past that make the case."""

    person: Person
    past: tuple[Issue, ...]


def roles(now: datetime) -> tuple[Role, ...]:
    """The whole cast, at `now`."""
    return (
        _role("hanako", "髙橋　花子", Case.ORDINARY, date(1985, 6, 15), "2"),
        _role("ichiro", "見本　一郎", Case.ORDINARY, date(1948, 11, 3), "1", age=1280 * _DAY, city="99002"),
        _role("saburo", "見本　三郎", Case.EXPIRED, date(1972, 2, 17), "1", age=2200 * _DAY),
        _revoked(),
        _role("goro", "見本　五郎", Case.NOT_YET_VALID, date(1995, 7, 7), "1", age=-30 * _DAY),
        _renewed(),
        _card_and_phone(),
        _role("sora", "見本　そら", Case.CHILD, date(now.year - 10, 4, 2), "3", slots=(Slot.AUTH,)),
        _moved(),
        _role("alex", "ＭＩＨＯＮ　ＡＬＥＸ　ＳＡＭＰＬＥ", Case.PIN_BLOCKED, date(1979, 12, 31), "3"),
        _role("kiyoshi", "見本﨑ノ上大路　寿限無之介清", Case.SIGNATURE_CERTIFICATE, date(1960, 2, 29), "1"),
        *_alike(),
    )


def _alike() -> tuple[Role, ...]:
    """Twins at one address, and somebody elsewhere who has name, birthday and gender of one of them."""
    born, twin = date(1999, 9, 9), "見本・双子"
    return (
        _role("aoi", "見本　あおい", Case.ORDINARY, born, "2", noted=twin),
        _role("hinata", "見本　ひなた", Case.ORDINARY, born, "2", noted=twin),
        _role("namesake", "見本　あおい", Case.ORDINARY, born, "2", city="99002", noted="見本・同姓同名の別人"),
    )


def _revoked() -> Role:
    role = _role("shiro", "見本　四郎", Case.REVOKED, date(1966, 9, 23), "1")
    lost = (20 * _DAY, ReasonFlags.certificate_hold)
    return Role(role.person, tuple(Issue(i.slot, i.age, lost) for i in role.past))


def _renewed() -> Role:
    role = _role("yoko", "見本　陽子", Case.RENEWED, date(1990, 1, 20), "2")
    replaced = (40 * _DAY, ReasonFlags.superseded)
    old = tuple(Issue(slot, 1300 * _DAY, replaced) for slot in _CARD)
    return Role(role.person, old + tuple(Issue(slot, 40 * _DAY) for slot in _CARD))


def _card_and_phone() -> Role:
    role = _role("midori", "見本　みどり", Case.CARD_AND_PHONE, date(2001, 5, 4), "2")
    phone = tuple(Issue(slot, 90 * _DAY) for slot in (Slot.PHONE, Slot.PHONE_SIGN))
    return Role(role.person, role.past + phone)


def _moved() -> Role:
    role = _role("jun", "見本　じゅん", Case.MOVED, date(1988, 10, 10), "3", city="99002")
    moved = (15 * _DAY, ReasonFlags.affiliation_changed)
    return Role(role.person, (Issue(Slot.AUTH, _USUAL), Issue(Slot.SIGN, _USUAL, moved)))


def _role(
    resident: str,
    name: str,
    case: Case,
    birth: date,
    gender: str,
    *,
    age: timedelta = _USUAL,
    city: str = "99001",
    slots: tuple[Slot, ...] = _CARD,
    noted: str = "見本",
) -> Role:
    sign_pin = "ABC123" if Slot.SIGN in slots else None
    label = f"{name.replace('　', ' ')}（{noted}）"
    basic4 = Basic4(name, address_in(city), birth, gender, _KANA.get(resident, ""))
    person = Person(resident, label, case, basic4, city, "1234", sign_pin)
    return Role(person, tuple(Issue(slot, age) for slot in slots))


def address_in(municipality: str) -> str:
    """A sample address there; numbers are joined by the full-width hyphen."""
    return f"{MUNICIPALITIES[municipality].japanese}見本町一丁目２－３"
