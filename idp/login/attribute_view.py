"""How attributes look on the consent page: keys of the page's texts, and the person's own values. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from idp.items import AGES, MUNICIPALITY
from idp.services import claim_terms
from idp.services.claim_terms import Terms
from idp.sources.normal import whole_date
from idp.sources.record import Read, Vouching
from idp.tenants.tenancy import ATTRIBUTES

_GENDERS: Mapping[str, str] = {"1": "attribute.male", "2": "attribute.female"}
_AGES: Mapping[str, str] = {"true": "attribute.yes", "false": "attribute.no"}
_LINKABLE = frozenset({"name", "address"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `value` as it stands on the card; where it is empty, `words` names the text that says it.

    `given`: whether the service receives it, if the person agrees; what the card leaves open it does not.
    `optional`: they agree to it by a box of its own, which is `ticked` where they did before.
    `purpose`, `kept`, `law`: what the service states about it, in the page's language, empty where it does not.
    """

    name: str
    value: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    parts: Mapping[str, int] = field(default_factory=dict, repr=False)
    given: bool = True
    changed: bool = False
    optional: bool = False
    ticked: bool = False
    purpose: str = ""
    kept: str = ""
    law: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """All of them. `missing`: what is asked for and this login did not bring; `rest`: what is not asked for.

    `by_terminal`: a counter terminal read them. `by_signature`: they stand in the signature certificate, which
    cannot hold every character: in those of `substituted` another one stands for at least one. `by_latest`: J-LIS
    tells them, or a signature certificate that is good today.
    """

    items: tuple[Item, ...] = ()
    missing: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    by_terminal: bool = False
    by_signature: bool = False
    by_latest: bool = False
    substituted: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the service received another value of one of them before."""
        return any(item.changed for item in self.items)

    @property
    def linkable(self) -> bool:
        """Whether people are recognised by what is handed over."""
        return any(item.given and item.name in _LINKABLE for item in self.items)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the page says about items beside their values. `terms`: the service's; `agreed`: items agreed to
    before.
    """

    terms: Mapping[str, Terms] = field(default_factory=dict)
    agreed: Collection[str] = ()
    language: str = "ja"


def of(
    read: Read, *, changed: Collection[str], stated: Stated | None = None, wanted: tuple[str, ...] = ()
) -> View:
    """What was read. `wanted`: all that is asked for, of which this login may not have brought everything."""
    about = stated or Stated()
    return View(
        items=tuple(
            _with_terms(_item(name, value, name in changed), about) for name, value in read.values.items()
        ),
        missing=tuple(name for name in wanted if name not in read.values),
        rest=tuple(name for name in ATTRIBUTES if name not in read.values),
        by_terminal=read.source.vouching is Vouching.MUNICIPALITY,
        by_signature=read.source.vouching is Vouching.JPKI,
        by_latest=read.source.vouching is Vouching.J_LIS,
        substituted=read.substituted,
    )


def _with_terms(item: Item, about: Stated) -> Item:
    terms = about.terms.get(item.name)
    if terms is None:
        return item
    law = [claim_terms.said(text, about.language) for text in (terms.law, terms.article)]
    optional = item.given and not terms.required
    ticked = optional and item.name in about.agreed
    return replace(
        item,
        optional=optional,
        ticked=ticked,
        law=" ".join(filter(None, law)),
        purpose=claim_terms.said(terms.purpose, about.language),
        kept=claim_terms.said(terms.kept, about.language),
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
    if name in AGES:
        return Item(name, words=_AGES.get(value, "attribute.unknown_age"), given=bool(value), changed=changed)
    if name == MUNICIPALITY and not value:
        return Item(name, words="attribute.unknown_municipality", given=False, changed=changed)
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
