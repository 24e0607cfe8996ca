"""The signature certificate beside a person's user certificate: who asks about it, and who watches it."""

import time

from connectors.ports import TieSource
from idp.compose.ground import Ground
from idp.events.events import Events
from idp.revocation.breaker import Breaker
from idp.revocation.check import RevocationCheck
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.sweep import Lists, Sweep
from idp.signature_status.watching import Watching


def question_of(ground: Ground, ties: TieSource, revocation: RevocationCheck) -> SignatureQuestion:
    """How a login or the verification API asks."""
    return SignatureQuestion(ties=ties, revocation=revocation, breaker=Breaker(time.monotonic), now=ground.now)


def watching_of(ground: Ground, events: Events) -> Watching:
    """Who keeps what was found, and tells what has changed."""
    return Watching(events=events, auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)


def sweep_of(ground: Ground, lists: Lists, watching: Watching) -> Sweep:
    """The task of every night."""
    return Sweep(store=ground.store, directory=ground.directory, lists=lists, watching=watching, now=ground.now)
