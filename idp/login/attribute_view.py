"""How attributes look on the consent page: keys of the page's texts, and the person's own values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.login.attributes import Read, Source, whole_date
from idp.tenancy import ATTRIBUTES

_GENDERS: Mapping[str, str] = {"1": "attribute.male", "2": "attribute.female"}
_LINKABLE = frozenset({"name", "address"})


@dataclass(frozen=True, slots=True)
class Item:
    """One attribute. `value` as it stands on the card; where it is empty, `words` names the text that says it.

    `given`: whether the service receives it; what the card leaves open it does not.
    """

    name: str
    value: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    parts: Mapping[str, int] = field(default_factory=dict, repr=False)
    given: bool = True
    changed: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """All of them. `missing`: what is asked for and this login did not bring; `rest`: what is not asked for.

    `by_terminal`: a counter terminal read them.
    """

    items: tuple[Item, ...] = ()
    missing: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    by_terminal: bool = False

    @property
    def changed(self) -> bool:
        """Whether the service received another value of one of them before."""
        return any(item.changed for item in self.items)

    @property
    def linkable(self) -> bool:
        """Whether people are recognised by what is handed over."""
        return any(item.given and item.name in _LINKABLE for item in self.items)


def of(read: Read, *, changed: set[str]) -> View:
    """What was read."""
    return View(
        items=tuple(_item(name, value, name in changed) for name, value in read.values.items()),
        rest=tuple(name for name in ATTRIBUTES if name not in read.values),
        by_terminal=read.source is Source.TERMINAL,
    )


def missing(names: tuple[str, ...]) -> View | None:
    """What was not read, because the way of this login does not read it."""
    return View(missing=names, rest=ATTRIBUTES) if names else None


def _item(name: str, value: str, changed: bool) -> Item:
    if name == "gender":
        words = _GENDERS.get(value, "attribute.no_gender")
        return Item(name, words=words, given=value in _GENDERS, changed=changed)
    if name == "birthdate":
        return _birth_date(value, changed)
    return Item(name, value=value, words="" if value else "attribute.empty", given=bool(value), changed=changed)


def _birth_date(value: str, changed: bool) -> Item:
    """The date in the words of the page's language; what is known of one that is not whole, which is not given."""
    day = whole_date(value)
    if day is not None:
        parts = {"year": day.year, "month": day.month, "day": day.day}
        return Item("birthdate", words="attribute.date", parts=parts, changed=changed)
    year, month = int(value[:4]), int(value[4:6])
    words = "attribute.year_and_month" if year and month else "attribute.year" if year else "attribute.empty"
    return Item("birthdate", words=words, parts={"year": year, "month": month}, given=False, changed=changed)
