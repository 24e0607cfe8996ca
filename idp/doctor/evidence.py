"""What revocation rests on: lists and their age, responders, what waits in the outbox, what will end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import ConnectorError, Unreachable
from connectors.ports import OcspSource
from idp.doctor.finding import Finding, State, fail, ok, warn
from idp.jpki.crl_refused import CrlRefused
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import is_fresh
from idp.store.outbox import Counts
from idp.trust.expiring import Alarm, Kind, Nearness

LATE_SECONDS = 300
"""How long a job may be due before somebody should ask whether a worker runs."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody who is asked about revocation: a name for people, and the way there."""

    name: str
    source: OcspSource


def lists(catalogue: Catalogue | None, now: datetime, *, refresh_seconds: int | None) -> Iterator[Finding]:
    """Every list in use, its age; and issuers whose lists nobody answers for.

    `refresh_seconds`: how long a list is used before its source is asked for a newer one, 0 for asking at every
    question; None where no source is configured.
    """
    if catalogue is None:
        yield ok("lists", "none are kept here: there is no folder for them")
        return
    names = catalogue.names()
    if not names and refresh_seconds == 0:
        yield ok("lists", "none has been needed yet: their source is asked at every question")
    elif not names:
        remedy = (
            "idp crl load, or set IDP_CRL_URL" if refresh_seconds is None else "see why their source gives none"
        )
        yield warn("lists", "none is loaded: without OCSP nobody can sign in", remedy)
    for name in names:
        yield _list(catalogue, name, now)
    yield _unknown(catalogue)


def _list(catalogue: Catalogue, name: str, now: datetime) -> Finding:
    check = f"list {name.rpartition('.')[0]}"
    try:
        facts = catalogue.index(name).facts
    except CrlRefused as refused:
        return fail(check, f"it cannot be used: {refused.reason}", "load it again with idp crl load")
    age = f"{(now - facts.this_update).total_seconds() / 3600:.1f} hours old"
    if not is_fresh(facts, now):
        return fail(check, f"stale, {age}", "load the newest with idp crl load; see that it is fetched")
    return ok(check, age)


def _unknown(catalogue: Catalogue) -> Finding:
    try:
        waiting = len(catalogue.unknown_issuers())
    except CrlRefused as refused:
        return fail("unknown issuers", f"the queue cannot be read: {refused.reason}", "see idp crl issuers")
    if waiting:
        remedy = "idp crl issuers; is it a new generation, then idp anchor add"
        return warn("unknown issuers", f"{waiting} issuers of lists are not trusted", remedy)
    return ok("unknown issuers", "nobody offered a list of an unknown issuer")


def responders(all_of_them: Sequence[Responder], question: bytes | None) -> Iterator[Finding]:
    """Whether each answers at all. `question`: any OCSPRequest; None when there is no anchor to ask about."""
    if not all_of_them:
        yield warn("responders", "no OCSP responder is configured", "set IDP_OCSP_URL, or keep lists fresh")
    for responder in all_of_them:
        yield _responder(responder, question)


def _responder(responder: Responder, question: bytes | None) -> Finding:
    check = f"responder {responder.name}"
    if question is None:
        return warn(check, "not asked: there is no anchor to ask about", "idp anchor add")
    try:
        responder.source.ask(question)
    except Unreachable:
        remedy = "see the network and the responder's operator"
        return fail(check, "it does not answer", remedy, unreachable=True)
    except ConnectorError as error:
        return fail(check, f"it answers with something else: {error}", "correct its URL, method and our identity")
    return ok(check, "it answers")


def outbox(counts: Counts, now: datetime) -> Finding:
    """Whether what is to be done later gets done."""
    if counts.dead:
        return warn("outbox", f"{counts.dead} jobs were given up", "idp worker dead list, then retry")
    late = 0 if counts.oldest_due is None else int(now.timestamp()) - counts.oldest_due
    if late > LATE_SECONDS:
        return fail("outbox", f"a job has been due for {late} seconds", "see that idp worker runs")
    return ok("outbox", f"{counts.pending} jobs wait, none is late")


def ends(alarms: Sequence[Alarm]) -> Iterator[Finding]:
    """What will end. Lists of JPKI have findings of their own."""
    told = [alarm for alarm in alarms if not (alarm.trusted.kind is Kind.LIST and not alarm.trusted.tenant)]
    if not told:
        yield ok("expiry", "nothing that is trusted ends soon")
    for alarm in told:
        trusted = alarm.trusted
        of = f" of {trusted.tenant}" if trusted.tenant else ""
        check = f"{trusted.kind} {trusted.name[:16]}{of}"
        state = State.FAIL if alarm.nearness is Nearness.OVER else State.WARN
        when = "it is over" if alarm.nearness is Nearness.OVER else f"it ends in {alarm.left.days} days"
        remedy = (
            "load the newest with idp crl load --purpose" if trusted.kind is Kind.LIST else "load its successor"
        )
        yield Finding(check, state, f"{trusted.purpose}: {when}", remedy)
