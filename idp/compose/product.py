"""The product: every part built once, from the ground up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from connectors.ports import Keys
from idp.agents.statutory import StatutoryWishes
from idp.app import create_app
from idp.background import Background
from idp.backup.create import Backups
from idp.basic4.telling import KIND as LATEST
from idp.compose import keeping, services, signatures, work
from idp.compose.agents import Agents, agents_of, statutory_of
from idp.compose.agents import wishes_of as agent_wishes_of
from idp.compose.custody import mtls_host_hop, short_lived
from idp.compose.documents import signatures_of
from idp.compose.ground import Ground, lay
from idp.compose.judges import Judges, judges_of
from idp.compose.latest import tell_jlis_of
from idp.compose.parts import parts_of
from idp.compose.people import People, departing_of, wishes_of
from idp.compose.receipts import receipts_of
from idp.compose.tokens import bindings_of
from idp.compose.trust import trust_of
from idp.continuity.assembly import Continuity
from idp.continuity.mapping import MappingFiles
from idp.continuity.migrations import Migrations
from idp.custody.assembly import Custody
from idp.events.event_receivers import EventReceivers
from idp.events.events import Events
from idp.metering.record import Meters
from idp.offline import Offline
from idp.oversight.ledger import Ledger
from idp.people.acts import Wishes
from idp.people.departing import BACK, Departing
from idp.people.departing import KIND as DEPARTED
from idp.resources.register import Resources
from idp.revocation.check import RevocationCheck
from idp.revocation.schedule import RefreshSchedule
from idp.services.client_secrets import ClientSecrets
from idp.services.service_changes import ServiceChanges
from idp.settings import Settings
from idp.signature_status.sweep import Sweep
from idp.store.engine import Store
from idp.store.shortlived import ShortLived
from idp.tenants.administration import Administration
from idp.tenants.directory import Directory
from idp.tenants.policies import Policies
from idp.terminals.enrolment import Enrolment
from idp.trust.assembly import Trust
from idp.user_numbers.assembly import Numbers
from idp.verification import assembly as verification_assembly
from idp.verification.assembly import Verification
from idp.verification.fronts import OcspFronts
from idp.verification.receipts import ReceiptCalls
from idp.verification.residents import Residents
from idp.verification.usage import Usage
from idp.verification.user_numbers import UserNumbers
from idp.worker.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Everything built, for the server and for the command line."""

    settings: Settings
    now: Callable[[], datetime]
    store: Store
    keys: Keys
    state: ShortLived
    people: People
    wishes: Wishes
    agents: Agents
    agent_wishes: StatutoryWishes
    directory: Directory
    administration: Administration
    policies: Policies
    event_receivers: EventReceivers
    service_changes: ServiceChanges
    client_secrets: ClientSecrets
    service_acts: services.ServiceActs
    resources: Resources
    terminals: Enrolment
    numbers: Numbers
    revocation: RevocationCheck
    fronts: OcspFronts
    trust: Trust
    custody: Custody
    migrations: Migrations
    mapping_files: MappingFiles
    backups: Backups
    background: Background
    lists: RefreshSchedule | None
    events: Events
    worker: Worker
    offline: Offline
    departing: Departing
    signature_sweep: Sweep
    meters: Meters
    app: Flask


def build(settings: Settings, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> Product:
    """Build the product from its settings. Loads no tenant yet: that needs the database to be migrated."""
    ground = lay(settings, now, token_bytes)
    continuity = _continuity(ground)
    judges = judges_of(ground, continuity)
    numbers = work.numbers_of(ground)
    verification = _verification(ground, judges, numbers)
    administration = keeping.administration_of(ground, services.registration_of(ground))
    actions = {
        **verification.actions,
        **continuity.actions(),
        **judges.people.acts.actions(),
        **statutory_of(ground, judges.people.references).actions(),
    }
    trust = trust_of(ground, administration, actions)
    migrations = continuity.migrations(trust.approvals)
    fronts = keeping.fronts_of(ground)
    sweep = signatures.sweep_of(ground, judges.lists.by_crl, judges.watching)
    agents = agents_of(ground)
    events, away = continuity.events, work.offline_of(ground, judges.lists)
    departing = departing_of(ground, judges.people, events, judges.lists.by_crl, judges.lineage)
    handlers = {
        **verification.handlers,
        **continuity.handlers(migrations),
        DEPARTED: departing,
        BACK: departing,
        LATEST: tell_jlis_of(ground),
    }
    tasks = [
        *work.recurring_of(ground, away, trust, numbers, judges.lists.schedule),
        work.daily("departed-people", departing.sweep),
        work.daily("signature-certificates", sweep.run),
        work.hourly("representations", lambda: agents.passing.sweep(ground.directory.all())),
    ]
    return Product(
        settings=settings,
        now=now,
        store=ground.store,
        keys=ground.keys,
        state=ground.state,
        people=judges.people,
        wishes=wishes_of(ground, judges.people, trust.approvals),
        agents=agents,
        agent_wishes=agent_wishes_of(ground, judges.people.references, trust.approvals),
        directory=ground.directory,
        administration=administration,
        policies=Policies(store=ground.store, directory=ground.directory, auditor=ground.auditor, now=now),
        event_receivers=EventReceivers(store=ground.store, directory=ground.directory, auditor=ground.auditor),
        service_changes=services.service_changes_of(ground),
        client_secrets=services.client_secrets_of(ground),
        service_acts=services.acts_of(ground),
        resources=services.resources_of(ground),
        terminals=Enrolment(store=ground.store, auditor=ground.auditor, now=ground.now),
        numbers=numbers,
        revocation=judges.revocation,
        fronts=fronts,
        trust=trust,
        custody=keeping.custody_of(ground, trust),
        migrations=migrations,
        mapping_files=continuity.mapping_files(),
        backups=keeping.backups_of(ground),
        background=Background(store=ground.store, keys=ground.keys, directory=ground.directory, now=now),
        lists=judges.lists.schedule,
        events=events,
        worker=work.worker_of(
            ground,
            work.verifier_of(ground, judges.revocation, judges.pairs, events),
            handlers,
            [*tasks, *verification.tasks],
        ),
        offline=away,
        departing=departing,
        signature_sweep=sweep,
        meters=ground.meters,
        app=create_app(parts_of(ground, judges, verification, numbers, fronts)),
    )


def _continuity(ground: Ground) -> Continuity:
    return Continuity(
        store=ground.store,
        keys=ground.keys,
        directory=ground.directory,
        ledger=Ledger(ground.auditor, ground.now),
        outbox=ground.outbox,
        events=work.events_of(ground),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def _verification(ground: Ground, judges: Judges, numbers: Numbers) -> Verification:
    settings = ground.settings
    shared = verification_assembly.Shared(
        store=ground.store,
        directory=ground.directory,
        bindings=bindings_of(ground, mtls_host_hop(settings)),
        state=short_lived(settings, ground.now),  # of its own: services' calls leave residents' logins their room
        revocation=judges.revocation,
        lists=judges.lists.by_crl,
        lineage=judges.lineage,
        signature=judges.signature,
        pairs=judges.pairs,
        release=work.release_of(ground),
        arrival=judges.people.arrival,
        newcomers=judges.newcomers,
        auditor=ground.auditor,
        meters=ground.meters,
        outbox=ground.outbox,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
    return verification_assembly.assemble(
        shared,
        requests_per_minute=settings.api_requests_per_minute,
        serials_per_day=settings.api_serials_per_day,
        more=[
            Usage(store=ground.store).endpoint(),
            *UserNumbers(registry=numbers.registry, roll=numbers.roll).endpoints(),
            *ReceiptCalls(receipts=receipts_of(ground)).endpoints(),
            Residents(
                registry=numbers.registry,
                signature=judges.signature,
                watching=judges.watching,
                auditor=ground.auditor,
                meters=ground.meters,
                now=ground.now,
            ).endpoint(),
            signatures_of(ground, judges.revocation, judges.ties).endpoint(),
        ],
    )
