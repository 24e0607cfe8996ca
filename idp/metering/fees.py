"""What J-LIS charges for revocation checks: dated data with sources, and a pure function over counts.

A check is charged when J-LIS answered it: not when an earlier answer was used again, not when none came. Where
the sources say nothing, neither do we: such amounts are *unconfirmed*, never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method


class Status(StrEnum):
    """Whether checks cost something."""

    CHARGED = "charged"
    WAIVED = "waived"
    EXEMPT = "exempt"
    """The tenant is a public body that is the verifier itself."""
    UNCONFIRMED = "unconfirmed"
    """The sources do not say it for that day or method; the operator asks J-LIS."""


@dataclass(frozen=True, slots=True)
class Fee:
    """Yen for one check by OCSP or list, since `first`."""

    kind: CertificateKind
    yen: int
    first: date
    source: str


@dataclass(frozen=True, slots=True)
class Period:
    """What holds for a method from `first` to `last`, both included; without end where `last` is None."""

    method: Method
    first: date
    last: date | None
    status: Status
    source: str


_PAGE = "デジタル庁「公的個人認証サービス（JPKI）」利用料 / Digital Agency, JPKI page, section on fees"
_NOTE = "デジタル庁「地方認証プラットフォーム」注1 / Digital Agency, Local Authentication Platform, note 1"
_LATEST = "デジタル庁「最新の利用者情報（4情報）提供サービス」 / Digital Agency, latest-information service"
_START = date(2016, 1, 1)
"""When the certificates of the My Number Card began."""

FEES = (
    Fee(CertificateKind.SIGNATURE, 20, _START, _PAGE),
    Fee(CertificateKind.USER, 2, _START, _PAGE),
)
PERIODS = (
    Period(Method.CRL, _START, date(2022, 12, 31), Status.CHARGED, _PAGE),
    Period(Method.CRL, date(2023, 1, 1), None, Status.WAIVED, f"{_PAGE}, note 8"),
    Period(Method.OCSP, _START, date(2022, 12, 31), Status.CHARGED, _PAGE),
    Period(Method.OCSP, date(2023, 1, 1), date(2025, 12, 31), Status.WAIVED, _NOTE),
    Period(Method.LATEST, date(2023, 5, 16), None, Status.CHARGED, _LATEST),
    Period(Method.OCSP, date(2026, 1, 1), None, Status.UNCONFIRMED, "to be confirmed by the operator with J-LIS"),
)
EXEMPTION = _NOTE
UNKNOWN = "the fee of a validation authority is not known: its operator says it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`checks` of one day, kind and method; `billable` of them were answered by J-LIS itself."""

    day: date
    kind: CertificateKind
    method: Method
    checks: int
    billable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a count costs. `amount`: yen that are certainly owed.

    `unconfirmed`: yen that would be owed without a waiver, where that is not known; None where no fee is known.
    """

    status: Status
    source: str
    amount: int = 0
    unconfirmed: int | None = 0


def charge(count: Count, *, public_body: bool, periods: Iterable[Period] = PERIODS) -> Charge:
    """What one count costs. `public_body`: the tenant's own setting."""
    if count.method is Method.VA:
        return Charge(status=Status.UNCONFIRMED, source=UNKNOWN, unconfirmed=None if count.billable else 0)
    if public_body and count.method is not Method.LATEST:  # the exemption is one of revocation checks
        return Charge(status=Status.EXEMPT, source=EXEMPTION)
    period = _period(count, periods)
    fee = _fee(count)
    if period is None or fee is None:
        source = "no fee is known for that day"
        return Charge(status=Status.UNCONFIRMED, source=source, unconfirmed=None if count.billable else 0)
    yen = fee.yen * count.billable
    return Charge(
        status=period.status,
        source=period.source,
        amount=yen if period.status is Status.CHARGED else 0,
        unconfirmed=yen if period.status is Status.UNCONFIRMED else 0,
    )


def _period(count: Count, periods: Iterable[Period]) -> Period | None:
    for period in periods:
        ended = period.last is not None and count.day > period.last
        if period.method is count.method and period.first <= count.day and not ended:
            return period
    return None


def _fee(count: Count) -> Fee | None:
    """The fee that began last."""
    known = [fee for fee in FEES if fee.kind is count.kind and fee.first <= count.day]
    return max(known, key=lambda fee: fee.first, default=None)
