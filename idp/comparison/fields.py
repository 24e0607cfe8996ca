"""The fields of a comparison: which there are, how each is compared, and a field that one side does not have."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from idp.comparison import addresses, dates, genders, names
from idp.comparison.outcome import Finding, Why, cannot_tell

FIELDS: Mapping[str, Callable[[str, str], Finding]] = MappingProxyType(
    {
        "name": names.compare,
        "name_kana": names.compare_kana,
        "address": addresses.compare,
        "birthdate": dates.compare,
        "gender": genders.compare,
    }
)


def compare(
    stated: Mapping[str, str], known: Mapping[str, str], *, gone: Collection[str] = ()
) -> dict[str, Finding]:
    """A finding for each field that was stated; one that is not known tells nothing.

    `gone`: fields that are known no longer, though they were released.
    """
    return {
        name: how(stated[name], known[name])
        if name in known
        else cannot_tell(Why.NOT_KEPT if name in gone else Why.NOT_RELEASED)
        for name, how in FIELDS.items()
        if name in stated
    }
