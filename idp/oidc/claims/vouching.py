"""Who vouches for verified claims, and how: trust framework, assurance process and evidence of each source. Pure.

OpenID Identity Assurance Schema Definition 1.0, section 5. A further source is a further row of `_ROWS`. Nothing
of it belongs to one person, or to one moment more exactly than a quarter of an hour: no number of a card, of a
terminal, of a check. Two services that compare what they hold recognise nobody by it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from idp.events.quarters import QUARTER_HOUR, quarter
from idp.sources.record import Source

TRUST_FRAMEWORK = "jp_municipal_counter"
"""Our own name: read from the card by an enrolled counter terminal of the municipality, staff beside."""

SIGNATURE_FRAMEWORK = "jp_jpki_signature"
"""Our own name: read from the signature certificate (署名用電子証明書), with which the resident signed that they
agree; its revocation was checked, and J-LIS ties it to the certificate of the login."""
SIGNATURE_RECORD = "jp_jpki_signature_certificate"

LATEST_FRAMEWORK = "jp_jpki_latest_information"
"""Our own name: told by J-LIS's latest-information service (最新の利用者情報提供), or read from the certificate
that signed the consent to it and was found good at this login: what it says is the latest then."""
LATEST_RECORD = "jp_jpki_latest_information"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that is told as the quarter of an hour in which it was. `at` in seconds since 1970."""

    at: int

    @property
    def last_second(self) -> int:
        """From which an age counts (Identity Assurance, section 5.5.2)."""
        return quarter(self.at) + QUARTER_HOUR - 1

    def __str__(self) -> str:
        """ISO 8601 in UTC."""
        return datetime.fromtimestamp(quarter(self.at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Fact = str | Moment | tuple["Fact", ...] | Mapping[str, "Fact"]
"""What may be told: a text, a time, several facts, facts by name."""


@dataclass(frozen=True, slots=True)
class Login:
    """The login whose proof brought the attributes: when it was accepted, and by which methods (RFC 8176)."""

    accepted_at: int
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """How one source verifies. `kind` of its one piece of evidence; `details` of that document or record.

    `procedure`: of the trust framework's own rules, the one that was followed; `checks`: what was checked, in the
    working group's words.
    """

    trust_framework: str
    procedure: str
    kind: str
    details: Mapping[str, Fact]
    checks: tuple[str, ...]

    def facts(self, moment: Moment) -> Mapping[str, Fact]:
        """All that may be told of a verification."""
        evidence: dict[str, Fact] = {"type": self.kind, _DETAILS[self.kind]: self.details}
        if self.checks:
            evidence["check_details"] = tuple(_frozen(check_method=check, time=moment) for check in self.checks)
        return _frozen(
            trust_framework=self.trust_framework,
            assurance_process=_frozen(policy=self.trust_framework, procedure=self.procedure),
            time=moment,
            evidence=(MappingProxyType(evidence),),
        )


def _frozen(**facts: Fact) -> Mapping[str, Fact]:
    return MappingProxyType(facts)


_DOCUMENT, _RECORD = "document", "electronic_record"
_DETAILS: Mapping[str, str] = {_DOCUMENT: "document_details", _RECORD: "record"}
"""Kinds of evidence, each with the member that says what it is. An electronic signature is none of ours: it cannot
be told without a certificate's serial number, by which two services recognise a person: a signature certificate is
told as the record that it is of its holder's Basic 4."""
_CARD = _frozen(type="jp_individual_number_card", issuer=_frozen(country_code="JPN"))
_WITH_PIN = _Row(TRUST_FRAMEWORK, "card_and_pin", _DOCUMENT, _CARD, ("vcrypt",))
"""`vcrypt`: the card signed with a key that its certificate certifies."""
_HELD_OVER = replace(_WITH_PIN, procedure="card_held_over", checks=())
"""The card signs nothing: terminal and staff vouch, and no word of the working group's says that."""
_CERTIFICATE = _frozen(type=SIGNATURE_RECORD, source=_frozen(country_code="JPN"))
_SIGNED = _Row(SIGNATURE_FRAMEWORK, "signed_statement", _RECORD, _CERTIFICATE, ("vcrypt",))
_INFORMATION = _frozen(type=LATEST_RECORD, source=_frozen(country_code="JPN"))
_LATEST = _Row(LATEST_FRAMEWORK, "signed_consent", _RECORD, _INFORMATION, ("data",))
"""`data`: J-LIS's own records were asked."""
_ROWS: Mapping[tuple[Source, str], _Row] = {
    (Source.TERMINAL, "pin"): _WITH_PIN,
    (Source.TERMINAL, "kazashi"): _HELD_OVER,
    (Source.SIGNATURE, "mfa"): _SIGNED,
    (Source.LATEST, "mfa"): _LATEST,
}
"""By who read the attributes, and a method of the login. Nobody vouches for what is read at home."""


def _names(fact: Fact) -> Iterator[str]:
    """Of a fact's members, however deep."""
    if isinstance(fact, Mapping):
        yield from fact
        fact = tuple(fact.values())
    if isinstance(fact, tuple):
        for inner in fact:
            yield from _names(inner)


ELEMENTS = frozenset(name for row in _ROWS.values() for name in _names(row.facts(Moment(0))))
"""Every element that some source can tell, at whatever depth."""


def facts(source: Source, login: Login) -> Mapping[str, Fact]:
    """What may be told of how attributes were verified; nothing where nobody vouches for them."""
    for (reader, method), row in _ROWS.items():
        if reader is source and method in login.amr:
            return row.facts(Moment(login.accepted_at))
    return {}


def metadata() -> dict[str, object]:
    """What discovery says of it (Identity Assurance, section 8)."""
    found = {
        "trust_frameworks_supported": {row.trust_framework for row in _ROWS.values()},
        "evidence_supported": {row.kind for row in _ROWS.values()},
        "documents_supported": {str(row.details["type"]) for row in _of_kind(_DOCUMENT)},
        "documents_check_methods_supported": {check for row in _of_kind(_DOCUMENT) for check in row.checks},
        "electronic_records_supported": {str(row.details["type"]) for row in _of_kind(_RECORD)},
    }
    lists = {name: sorted(values) for name, values in found.items() if values}
    return {"verified_claims_supported": True, **lists}


def _of_kind(kind: str) -> list[_Row]:
    return [row for row in _ROWS.values() if row.kind == kind]
