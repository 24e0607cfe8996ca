"""Agents: the registry of who may act for whom, and everything that asks it."""

from dataclasses import dataclass

from idp.agents.ending import Ending, Passing, WithPeople
from idp.agents.mandates import Mandates
from idp.agents.registry import Registry, Standing
from idp.agents.statutory import StatutoryActs, StatutoryWishes
from idp.agents.using import Using
from idp.compose import work
from idp.compose.ground import Ground
from idp.login.for_whom import ForWhom
from idp.login.pairwise import Pairs
from idp.login.records import Records
from idp.oidc.claims.act import Acts
from idp.oversight.approval import Approvals
from idp.people.references import References


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """The parts, for logins, for residents' own pages and for the command line."""

    registry: Registry
    ending: Ending
    standing: Standing
    mandates: Mandates
    passing: Passing


def agents_of(ground: Ground) -> Agents:
    """All of them, over one store."""
    registry, ending = registry_of(ground), ending_of(ground)
    return Agents(
        registry=registry,
        ending=ending,
        standing=standing_of(ground),
        mandates=Mandates(
            registry=registry,
            ending=ending,
            state=ground.state,
            now=ground.now,
            token_bytes=ground.token_bytes,
        ),
        passing=Passing(store=ground.store, registry=registry, ending=ending, now=ground.now),
    )


def registry_of(ground: Ground) -> Registry:
    """Who may act for whom."""
    return Registry(now=ground.now, token_bytes=ground.token_bytes)


def standing_of(ground: Ground) -> Standing:
    """The question for whom somebody may act now."""
    return Standing(store=ground.store, registry=registry_of(ground), now=ground.now)


def ending_of(ground: Ground) -> Ending:
    """How one ends."""
    return Ending(
        registry=registry_of(ground),
        events=work.events_of(ground),
        end_login=work.sign_out_of(ground).end,
        auditor=ground.auditor,
        now=ground.now,
    )


def with_people_of(ground: Ground) -> WithPeople:
    """What becomes of them with the people whose they are."""
    return WithPeople(registry=registry_of(ground), ending=ending_of(ground), now=ground.now)


def using_of(ground: Ground) -> Using:
    """How one is used."""
    return Using(registry=registry_of(ground), now=ground.now)


def acts_of(ground: Ground, pairs: Pairs) -> Acts:
    """What tokens say of who acts."""
    return Acts(pairs=pairs, now=ground.now)


def for_whom_of(ground: Ground, records: Records) -> ForWhom:
    """The step of a login that asks for whom it is."""
    return ForWhom(standing=standing_of(ground), records=records)


def statutory_of(ground: Ground, references: References) -> StatutoryActs:
    """What two officers register."""
    return StatutoryActs(
        references=references, registry=registry_of(ground), ending=ending_of(ground), now=ground.now
    )


def wishes_of(ground: Ground, references: References, approvals: Approvals) -> StatutoryWishes:
    """Who proposes it."""
    return StatutoryWishes(
        store=ground.store,
        approvals=approvals,
        references=references,
        registry=registry_of(ground),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
