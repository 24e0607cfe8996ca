"""What is done later, by a worker: deliveries of events, logins verified later, batches, and what recurs."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from ipaddress import ip_network

from connectors.municipal import addresses
from connectors.municipal.events import EventPush
from connectors.municipal.key_sets import KeySetFetch
from connectors.municipal.logouts import LogoutPush
from connectors.municipal.sectors import SectorFetch
from idp import offline
from idp.compose.ground import Ground
from idp.compose.keeping import signing_ring_of
from idp.compose.proofs import signings_of
from idp.events.events import KIND as EVENT
from idp.events.events import Events
from idp.login import forgetting as forgetting_logins
from idp.login import sign_ins
from idp.login.pairwise import Pairs
from idp.login.records import Records
from idp.login.release import Release
from idp.login.sign_out import KIND as LOGOUT
from idp.login.sign_out import LONGEST_DELAY_SECONDS, SignOut
from idp.login.verify_later import KIND as VERIFY_LATER
from idp.login.verify_later import VerifyLater
from idp.oidc.authorization import pushed
from idp.oidc.clients.key_sets import KeySets
from idp.oidc.logout.back_channel import BackChannel
from idp.passwords import requests
from idp.people import forgetting as forgetting_people
from idp.receipts import receipts
from idp.revocation.assembly import AssembledLists
from idp.revocation.by_crl import NoLists
from idp.revocation.check import RevocationCheck
from idp.revocation.schedule import TURN_SECONDS, RefreshSchedule
from idp.services.sector_identifiers import SectorIdentifiers
from idp.settings import Settings
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.trust.assembly import Trust
from idp.user_numbers.assembly import Numbers
from idp.worker.assembly import assemble
from idp.worker.events import EventDelivery
from idp.worker.job import Handler
from idp.worker.recurring import Recurring, every
from idp.worker.worker import Worker

_DAY_SECONDS = 24 * 3600.0
_HOUR_SECONDS = 3600.0
_RING_SECONDS = 60.0
_FORGET_SECONDS = 5 * 60.0
"""A resident's name and address are no longer there than a few minutes after the last moment they may be told."""

Forget = Callable[[Store, Iterable[Tenant], datetime], None]
"""Deletes what is over at all tenants."""
_FORGETTING: Mapping[str, Forget] = {
    "spent-values": pushed.forget,
    "codes-of-people": forgetting_people.forget,
    "logins-that-are-over": forgetting_logins.forget,
    "sign-ins": sign_ins.forget,
    "receipts": receipts.forget,
    "requests-for-an-id": requests.forget,
}
"""What is forgotten every day."""


def reach(settings: Settings) -> tuple[list[addresses.Network], str | None]:
    """Private networks where services may be told things, and the file of authorities that vouch for them."""
    networks: list[addresses.Network] = [ip_network(network) for network in settings.event_networks.split()]
    return networks, str(settings.event_ca_file) if settings.event_ca_file else None


def event_delivery(ground: Ground) -> EventDelivery:
    """How events reach their receivers: public addresses, and the networks that the settings allow."""
    networks, ca_file = reach(ground.settings)
    return EventDelivery(
        receiver=EventPush(networks, ca_file=ca_file),
        now=ground.now,
        token_bytes=ground.token_bytes,
        monotonic=time.monotonic,
        delay_seconds=ground.settings.event_delay_seconds,
    )


def back_channel(ground: Ground) -> BackChannel:
    """How services are told that a session is over: where they may receive events, too."""
    networks, ca_file = reach(ground.settings)
    return BackChannel(
        store=ground.store,
        receiver=LogoutPush(networks, ca_file=ca_file),
        now=ground.now,
        token_bytes=ground.token_bytes,
        monotonic=time.monotonic,
        delay_seconds=_logout_delay(ground),
    )


def key_sets_of(ground: Ground) -> KeySets:
    """How services' published keys are had: from where they may receive events, too."""
    networks, ca_file = reach(ground.settings)
    return KeySets(KeySetFetch(networks, ca_file=ca_file), time.monotonic)


def sector_identifiers_of(ground: Ground) -> SectorIdentifiers:
    """How documents of sectors are had: from where services may receive events, too."""
    networks, ca_file = reach(ground.settings)
    return SectorIdentifiers(SectorFetch(networks, ca_file=ca_file))


def events_of(ground: Ground) -> Events:
    """Where parts leave events for services."""
    return Events(
        outbox=ground.outbox,
        now=ground.now,
        token_bytes=ground.token_bytes,
        span_seconds=ground.settings.event_delay_seconds,
    )


def sign_out_of(ground: Ground) -> SignOut:
    """How logins are ended."""
    return SignOut(
        store=ground.store,
        outbox=ground.outbox,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
        delay_seconds=_logout_delay(ground),
    )


def _logout_delay(ground: Ground) -> int:
    return min(ground.settings.event_delay_seconds, LONGEST_DELAY_SECONDS)


def verifier_of(ground: Ground, revocation: RevocationCheck, pairs: Pairs, events: Events) -> VerifyLater:
    """Who verifies logins that were accepted without evidence."""
    return VerifyLater(
        store=ground.store,
        revocation=revocation,
        pairs=pairs,
        events=events,
        sign_out=sign_out_of(ground),
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
    )


def release_of(ground: Ground) -> Release:
    """Where what residents hand over is put and found."""
    return Release(store=ground.store, state=ground.state, auditor=ground.auditor, now=ground.now)


def offline_of(ground: Ground, lists: AssembledLists) -> offline.Offline:
    """Shelters' files, the file exchange, and adding up the meter."""
    return offline.offline(
        store=ground.store,
        auditor=ground.auditor,
        meters=ground.meters,
        lists=None if isinstance(lists.by_crl, NoLists) else lists.by_crl,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def recurring_of(
    ground: Ground, away: offline.Offline, trust: Trust, numbers: Numbers, lists: RefreshSchedule | None
) -> list[Recurring]:
    """The tasks that recur on this machine."""
    tasks = offline.recurring(
        away,
        store=ground.store,
        directory=ground.directory,
        exchange_directory=ground.settings.exchange_directory,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
    if lists is not None:
        keeping = every(TURN_SECONDS)
        tasks.append(Recurring(name="revocation-lists", next_moment=keeping, run=lists.refresh_all))
    release = release_of(ground)
    forgetting = Recurring(
        name="released-attributes",
        next_moment=every(_FORGET_SECONDS),
        run=lambda: release.forget_over(ground.directory.all()),
    )
    signings = signings_of(ground, Records(state=ground.state, now=ground.now, token_bytes=ground.token_bytes))
    each_day = every(_DAY_SECONDS)
    proofs = Recurring(
        name="signed-statements", next_moment=each_day, run=lambda: signings.forget_over(ground.directory)
    )
    telling = Recurring(name="trust-expiring", next_moment=each_day, run=trust.inventory.tell, one_at_a_time=True)
    over = Recurring(name="user-numbers", next_moment=each_day, run=numbers.forget)
    forgotten = [
        Recurring(name=name, next_moment=each_day, run=partial(_forget, ground, forget))
        for name, forget in _FORGETTING.items()
    ]
    rings = Recurring(name="signing-keys", next_moment=every(_RING_SECONDS), run=signing_ring_of(ground).turn_all)
    return [*tasks, forgetting, telling, over, *forgotten, rings, proofs]


def _forget(ground: Ground, forget: Forget) -> None:
    forget(ground.store, ground.directory.all(), ground.now())


def daily(name: str, run: Callable[[], object]) -> Recurring:
    """A task of every day that one machine does at a time."""
    return Recurring(name=name, next_moment=every(_DAY_SECONDS), run=run, one_at_a_time=True)


def hourly(name: str, run: Callable[[], object]) -> Recurring:
    """A task of every hour that one machine does at a time."""
    return Recurring(name=name, next_moment=every(_HOUR_SECONDS), run=run, one_at_a_time=True)


def numbers_of(ground: Ground) -> Numbers:
    """The link registry."""
    return Numbers.over(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def worker_of(
    ground: Ground, verifier: VerifyLater, handlers: Mapping[str, Handler], tasks: Sequence[Recurring]
) -> Worker:
    """The worker with everything that it can do. `handlers`: of the other parts, by kind of job."""
    return assemble(
        store=ground.store,
        directory=ground.directory,
        now=ground.now,
        token_bytes=ground.token_bytes,
        handlers={
            EVENT: event_delivery(ground),
            LOGOUT: back_channel(ground),
            VERIFY_LATER: verifier,
            **handlers,
        },
        tasks=tasks,
        threads=ground.settings.worker_threads,
    )
