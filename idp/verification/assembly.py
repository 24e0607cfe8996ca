"""The verification API put together: its endpoints, the worker's handlers, and what officers approve for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import LineageSource
from idp.continuity.newcomers import Newcomers
from idp.events.outbox import Outbox
from idp.login.pairwise import Pairs
from idp.login.release import Release
from idp.metering.record import Meters
from idp.oidc.binding.bindings import Bindings
from idp.oversight.approval import Action
from idp.oversight.audit import Auditor
from idp.people.arrival import Arrival
from idp.revocation.check import RevocationCheck
from idp.revocation.serials import SerialLists
from idp.signature_status.question import SignatureQuestion
from idp.store import idempotency
from idp.store.engine import Store
from idp.store.shortlived import ShortLived
from idp.tenants.directory import Directory
from idp.verification.access import Access
from idp.verification.api import Api, Endpoint
from idp.verification.authentications import Authentications
from idp.verification.batch import FORGET, KIND, AnswerBatch, ForgetBatch
from idp.verification.batches import Batches
from idp.verification.challenges import Challenges
from idp.verification.checks import Checks
from idp.verification.comparisons import Comparisons
from idp.verification.kept import Kept
from idp.verification.limits import Limits
from idp.verification.purpose import PurposeActs
from idp.verification.repeats import Repeats
from idp.verification.serials import SerialCheck, WhateverCanBeRead
from idp.worker.job import Handler
from idp.worker.recurring import Recurring, every

_DAY = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the application, the worker and the approvals take from here."""

    api: Api
    limits: Limits
    handlers: Mapping[str, Handler]
    actions: Mapping[str, Action]
    tasks: Sequence[Recurring]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The parts of the product that the API is made of."""

    store: Store
    directory: Directory
    bindings: Bindings
    state: ShortLived
    revocation: RevocationCheck
    lists: SerialLists
    lineage: LineageSource
    signature: SignatureQuestion
    pairs: Pairs
    release: Release
    arrival: Arrival
    newcomers: Newcomers
    auditor: Auditor
    meters: Meters
    outbox: Outbox
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]


def assemble(
    shared: Shared, *, requests_per_minute: int, serials_per_day: int, more: Sequence[Endpoint] = ()
) -> Verification:
    """The API over those parts. `more`: endpoints of others, under the same frame."""
    limits = Limits(state=shared.state, requests_per_minute=requests_per_minute, serials_per_day=serials_per_day)
    repeats = Repeats(store=shared.store, now=shared.now)
    endpoints = (*_endpoints(shared, limits), *more)
    answering = AnswerBatch(
        store=shared.store,
        lists=WhateverCanBeRead(shared.lists),
        outbox=shared.outbox,
        meters=shared.meters,
        now=shared.now,
    )
    return Verification(
        api=Api(
            access=Access(directory=shared.directory, bindings=shared.bindings),
            limits=limits,
            repeats=repeats,
            now=shared.now,
            endpoints=endpoints,
        ),
        limits=limits,
        handlers={KIND: answering, FORGET: ForgetBatch(store=shared.store)},
        actions=PurposeActs(auditor=shared.auditor).actions(),
        tasks=[Recurring(name="api-answers", next_moment=every(_DAY), run=lambda: _forget_answers(shared))],
    )


def _endpoints(shared: Shared, limits: Limits) -> tuple[Endpoint, ...]:
    store, auditor, meters, now = shared.store, shared.auditor, shared.meters, shared.now
    challenges = Challenges(state=shared.state, limits=limits, now=now, token_bytes=shared.token_bytes)
    authentications = Authentications(
        store=store,
        challenges=challenges,
        revocation=shared.revocation,
        lineage=shared.lineage,
        signature=shared.signature,
        pairs=shared.pairs,
        arrival=shared.arrival,
        newcomers=shared.newcomers,
        auditor=auditor,
        meters=meters,
        now=now,
        token_bytes=shared.token_bytes,
    )
    checks = Checks(
        store=store,
        revocation=shared.revocation,
        serials=SerialCheck(revocation=shared.revocation, lists=WhateverCanBeRead(shared.lists), now=now),
        auditor=auditor,
        meters=meters,
        now=now,
        token_bytes=shared.token_bytes,
    )
    batches = Batches(
        store=store,
        limits=limits,
        outbox=shared.outbox,
        auditor=auditor,
        now=now,
        token_bytes=shared.token_bytes,
    )
    kept = Kept(store=store, release=shared.release, limits=limits)
    compared = Comparisons(store=store, release=shared.release, kept=kept, auditor=auditor, now=now)
    questions = (challenges.endpoint(), authentications.endpoint(), checks.endpoint(), compared.endpoint())
    return *questions, *batches.endpoints()


def _forget_answers(shared: Shared) -> None:
    """Delete the answers kept for repetitions that are over."""
    moment = int(shared.now().timestamp())
    for tenant in shared.directory.all():
        with shared.store.for_tenant(tenant.tenant_id).write() as tx:
            idempotency.forget(tx, now=moment)
