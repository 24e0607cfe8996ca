"""Name constraints (RFC 5280 section 4.2.1.10), with every name form judged or refused.

Constraints accumulate down the path: a name must lie in every permitted set of its form and in no excluded one.
Where a wildcard could stand for a name outside, the path is refused.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.jpki.path import der, names
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import MAX_NAME_COMPARISONS, Budget
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

_NAME_CONSTRAINTS = bytes.fromhex("551d1e")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"({_LABEL}\.)*{_LABEL}")
_URI_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^@/?#]*@)?([^:/?#@\[\]]+)(?::\d*)?(?:[/?#].*)?", re.DOTALL)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Named = tuple[type[x509.GeneralName], Any]
_ByForm = dict[type[x509.GeneralName], list[Any]]
_READING = 3
"""Reading a name, in comparisons."""


def _refused(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.NAME_CONSTRAINTS, detail)


@dataclass(frozen=True, slots=True)
class _Constraint:
    """Subtrees in comparable form, by the form of their names; `size`: how many."""

    permitted: _ByForm
    excluded: _ByForm
    size: int


class NameConstraints:
    """The constraints of one run: names and subtrees are read once each, and every comparison is paid for."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held: dict[int, list[_Named]] = {}
        self._imposed: dict[int, _Constraint | None] = {}

    def require_names_allowed(self, path: list[Gated]) -> None:
        """Judge every name of every certificate below each constraint; `path` runs from the leaf to the anchor.

        Self-issued certificates are exempt unless they are the leaf. Raises PathRefusal with NAME_CONSTRAINTS, or
        SEARCH_EXHAUSTED or TOO_LARGE for too many names.
        """
        active: list[_Constraint] = []
        comparisons = 0
        for certificate in reversed(path):
            is_leaf, is_anchor = certificate is path[0], certificate is path[-1]
            if active and not is_anchor and (is_leaf or not certificate.self_issued):
                held = self._names_of(certificate)
                more = len(held) * sum(constraint.size for constraint in active)
                comparisons += more
                if comparisons > MAX_NAME_COMPARISONS:
                    raise _refused("too many names and constraints")
                self._budget.spend_comparisons(more)
                for constraint in active:
                    _judge(held, constraint)
            imposed = self._imposed_by(certificate)
            if imposed is not None:
                active.append(imposed)

    def _names_of(self, certificate: Gated) -> list[_Named]:
        key = id(certificate)
        if key not in self._held:
            self._held[key] = [self._read(name) for name in _names(certificate)]
        return self._held[key]

    def _imposed_by(self, certificate: Gated) -> _Constraint | None:
        key = id(certificate)
        if key not in self._imposed:
            found = certificate.value(x509.NameConstraints)
            self._imposed[key] = None if found is None else self._constraint(certificate, found)
        return self._imposed[key]

    def _constraint(self, certificate: Gated, found: x509.NameConstraints) -> _Constraint:
        _require_simple(certificate)
        permitted, excluded = found.permitted_subtrees or (), found.excluded_subtrees or ()
        return _Constraint(self._by_form(permitted), self._by_form(excluded), len(permitted) + len(excluded))

    def _by_form(self, subtrees: Iterable[x509.GeneralName]) -> _ByForm:
        read: _ByForm = {}
        for subtree in subtrees:
            kind, base = self._read(subtree)
            read.setdefault(kind, []).append(base)
        return read

    def _read(self, name: x509.GeneralName) -> _Named:
        """A directory name in comparable form, any other by its value."""
        self._budget.spend_comparisons(_READING)
        if isinstance(name, x509.DirectoryName):
            return x509.DirectoryName, names.rdn_keys(name.value.public_bytes(), self._budget)
        return type(name), name.value


def _require_simple(certificate: Gated) -> None:
    """No minimum and no maximum: their use is not defined in PKIX, and the parser drops them silently."""
    data = certificate.raw_extensions[_NAME_CONSTRAINTS]
    for subtrees in der.children(data, der.whole(data)):
        if any(len(der.children(data, subtree)) != 1 for subtree in der.children(data, subtrees)):
            raise _refused("minimum or maximum")


def _names(certificate: Gated) -> Iterator[x509.GeneralName]:
    if certificate.subject:
        yield x509.DirectoryName(certificate.certificate.subject)
    for attribute in certificate.certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        yield _mail_name(str(attribute.value))
    yield from certificate.value(x509.SubjectAlternativeName) or ()


def _mail_name(address: str) -> x509.GeneralName:
    try:
        return x509.RFC822Name(address)
    except ValueError as error:  # an IA5String is of ASCII, and nobody can compare the rest
        raise _refused("malformed mail address") from error


def _judge(held: Iterable[_Named], constraint: _Constraint) -> None:
    for kind, name in held:
        permitted, excluded = constraint.permitted.get(kind, ()), constraint.excluded.get(kind, ())
        if (permitted or excluded) and kind not in _FORMS:
            raise _refused("constraint of a form that is not supported")
        if permitted and not any(_FORMS[kind](base, name, True) for base in permitted):
            raise _refused("name outside the permitted subtrees")
        if any(_FORMS[kind](base, name, False) for base in excluded):
            raise _refused("name inside an excluded subtree")


def _directory(base: RdnKeys, name: RdnKeys, permitted: bool) -> bool:
    return name[: len(base)] == base


def _host(text: str) -> str:
    host = text.lower().removesuffix(".")
    if not HOST.fullmatch(host) or len(host) > 253:
        raise _refused("malformed host name")
    return host


def _below(host: str, domain: str) -> bool:
    return host.endswith("." + domain)


def _dns(base: str, name: str, permitted: bool) -> bool:
    """Zero or more labels to the left of the base; the empty base is every name."""
    if not base:
        return True
    domain, wildcard = _host(base), name.startswith("*.")
    host = _host(name.removeprefix("*."))
    inside = host == domain or _below(host, domain)
    # an excluded host that the wildcard could stand for counts as certified
    return inside or (wildcard and not permitted and _below(domain, host))


def _mailbox(text: str) -> tuple[str, str]:
    local, at, host = text.partition("@")
    if not at or not local or "@" in host:
        raise _refused("malformed mail address")
    return local, _host(host)


def _email(base: str, name: str, permitted: bool) -> bool:
    local, host = _mailbox(name)
    if "@" in base:
        base_local, base_host = _mailbox(base)
        same = local == base_local if permitted else local.lower() == base_local.lower()
        return same and host == base_host
    return _below(host, _host(base[1:])) if base.startswith(".") else host == _host(base)


def _uri(base: str, name: str, permitted: bool) -> bool:
    found = _URI_HOST.fullmatch(name.lower())
    if found is None:
        raise _refused("URI without a host name")
    host = _host(found[1])
    if host.rsplit(".", 1)[-1].isdigit():
        raise _refused("URI with an address in place of a host name")
    return _below(host, _host(base[1:])) if base.startswith(".") else host == _host(base)


def _ip(base: Network, name: Address | Network, permitted: bool) -> bool:
    if not isinstance(name, Address) or not isinstance(base, Network):
        raise _refused("malformed address or network")
    return name in base


_FORMS: Mapping[type[x509.GeneralName], Callable[[Any, Any, bool], bool]] = {
    x509.DirectoryName: _directory,
    x509.DNSName: _dns,
    x509.RFC822Name: _email,
    x509.UniformResourceIdentifier: _uri,
    x509.IPAddress: _ip,
}
