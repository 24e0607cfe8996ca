"""How a service asks for verified claims: whether a request is one. Pure.

OpenID Connect for Identity Assurance 1.0, sections 5.3 to 5.5. What is asked for and unknown is no fault of a
request: `verified_answer` leaves it out.
"""

from collections.abc import Mapping
from types import MappingProxyType

from idp.strict_json import Json, Scalar

CONSTRAINTS = frozenset({"value", "values", "max_age"})
"""Members by which an element is not merely asked for but has to be something."""
SIMPLE = frozenset({"essential", "purpose"})
"""Members that change no answer here (section 5.6.1)."""

_Element = frozenset[str]
_ADDRESS = frozenset(
    {"name", "formatted", "street_address", "locality", "region", "postal_code", "country", "country_code"}
)
_OBJECTS: Mapping[str, _Element] = MappingProxyType(
    {
        "assurance_process": frozenset({"policy", "procedure"}),
        "document_details": frozenset(
            {"type", "document_number", "serial_number", "date_of_issuance", "date_of_expiry"}
        ),
        "issuer": _ADDRESS | {"jurisdiction"},
        "record": frozenset({"type", "created_at", "date_of_expiry"}),
        "source": _ADDRESS | {"jurisdiction"},
        "attestation": frozenset({"type", "reference_number", "date_of_issuance", "date_of_expiry"}),
        "voucher": _ADDRESS | {"birthdate", "occupation", "organization"},
    }
)
"""Elements that hold others, each with those of its members that hold none (Schema Definition 1.0, section 5)."""
_ARRAYS: Mapping[str, _Element] = MappingProxyType(
    {
        "evidence": frozenset({"type", "signature_type", "issuer", "serial_number", "created_at"}),
        "check_details": frozenset({"check_method", "organization", "check_id", "time"}),
        "assurance_details": frozenset({"assurance_type", "assurance_classification"}),
    }
)
"""The same of elements that are arrays of such objects."""
_VERIFICATION = frozenset({"trust_framework", "assurance_level", "verification_process", "time"})


def check(request: Json) -> None:
    """Raise ValueError, whose sentence quotes no value, for what is no request for verified claims."""
    alternatives = request if isinstance(request, list) else [request]
    if not alternatives:
        raise ValueError("an array without a request")
    for alternative in alternatives:
        _alternative(alternative)


def _alternative(request: Json) -> None:
    if not isinstance(request, dict):
        raise ValueError("neither an object nor an array of objects")  # noqa: TRY004 - a request, not a type
    if "verification" not in request or "claims" not in request:
        raise ValueError("verification and claims belong to every request")
    _holder("verification", request["verification"], _VERIFICATION)
    if "trust_framework" not in _object("verification", request["verification"]):
        raise ValueError("verification: trust_framework is not asked for")
    if request["claims"] is not None:
        for claim in _object("claims", request["claims"]).values():
            _asked("a claim", claim)


def _holder(name: str, request: Json, leaves: _Element) -> None:
    """An object whose members are asked for one by one; a member that nobody defined is ignored."""
    for member, asked in _object(name, request).items():
        if asked is None:
            continue
        if member in _OBJECTS and not (member in leaves and _is_leaf(asked)):
            _holder(member, asked, _OBJECTS[member])
        elif member in _ARRAYS:
            _entries(member, asked)
        elif member in leaves:
            _asked(member, asked)


def _entries(name: str, request: Json) -> None:
    if not isinstance(request, list) or not request:
        raise ValueError(f"{name} is not an array with something in it")
    for entry in request:
        _holder(name, entry, _ARRAYS[name])
        if name == "evidence":
            _type(_object(name, entry).get("type"))


def _type(asked: Json) -> None:
    """Of each evidence the one type has to be said (section 5.4)."""
    if not isinstance(asked, dict) or not isinstance(asked.get("value"), str) or "values" in asked:
        raise ValueError("evidence: type is not one value")


def _is_leaf(asked: Json) -> bool:
    """`issuer` is an object of a document's and a text of an electronic signature's."""
    return isinstance(asked, dict) and asked.keys() <= CONSTRAINTS | SIMPLE


def _asked(name: str, asked: Json) -> None:
    """One element or claim: null, or an object whose members that we know are well-formed."""
    if asked is None:
        return
    members = _object(name, asked)
    if not isinstance(members.get("essential", False), bool):
        raise ValueError(f"{name}: essential is neither true nor false")  # noqa: TRY004 - as above
    if "value" in members and "values" in members:
        raise ValueError(f"{name}: value and values exclude each other")
    _constraints(name, members)


def _constraints(name: str, members: Mapping[str, Json]) -> None:
    values = members.get("values", [""])
    if not isinstance(values, list) or not values:
        raise ValueError(f"{name}: values is not an array with something in it")
    if name != "a claim" and not all(isinstance(v, Scalar) for v in [*values, members.get("value", "")]):
        raise ValueError(f"{name}: a value is neither text, number, true nor false")
    max_age = members.get("max_age", 0)
    if isinstance(max_age, bool) or not isinstance(max_age, int | float) or max_age < 0:
        raise ValueError(f"{name}: max_age is no number of seconds")


def _object(name: str, value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")  # noqa: TRY004 - a request, not a type
    return value
